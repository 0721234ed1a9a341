package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"strconv"
	"strings"

	"golang.org/x/term"

	"meibo/api/service"
	"meibo/dsl/schema"
)

// eraseCommand removes customers for good.
type eraseCommand struct {
	IDs    []string `arg:"" optional:"" name:"id" help:"erase_id"`
	Filter string   `placeholder:"FILTER" help:"erase_filter"`
	Q      string   `name:"q" placeholder:"TEXT" help:"q"`
	DryRun bool     `help:"erase_dry"`
	Yes    bool     `help:"erase_yes"`
}

func eraseHelp() map[string]schema.Words {
	return map[string]schema.Words{
		"erase":        {JA: "顧客を完全に消去する。元に戻せない。", EN: "Erase customers for good. It cannot be undone."},
		"erase_id":     {JA: "顧客の ID。削除・統合された顧客でもよい。", EN: "Ids of customers, also of deleted and of merged ones."},
		"erase_filter": {JA: "ID の代わりに、条件に合う顧客。", EN: "The customers that match a filter, in place of ids."},
		"erase_dry":    {JA: "数えるだけで、何も消去しない。", EN: "Count them and erase nobody."},
		"erase_yes":    {JA: "確認せずに消去する。", EN: "Do not ask for confirmation."},

		"compact": {JA: "データフォルダーから消した内容を取り除き、小さくする（サーバーを止めて実行）。", EN: "Write a data folder anew, without what was freed in it. No server may be using it."},

		"backup":       {JA: "顧客データのバックアップを 1 つのファイルに書く。", EN: "Write a backup of the customer data to one file."},
		"backup_file":  {JA: "作るファイル。", EN: "The file to make."},
		"restore":      {JA: "バックアップからデータフォルダーを復元する（サーバーを止めて実行）。", EN: "Restore a data folder from a backup. No server may be using it."},
		"restore_file": {JA: "バックアップのファイル。", EN: "The backup."},
		"restore_yes":  {JA: "今の顧客データを確認せずに置き換える。", EN: "Replace the customer data that is there without asking."},
	}
}

const erasePath = "/v1/customers/erase"

func (c *eraseCommand) run(ctx context.Context, a *app, at place) error {
	asked := c.Filter != "" || c.Q != ""
	if asked == (len(c.IDs) > 0) {
		return misused("消去する顧客の ID か --filter のどちらか一方を指定してください。", "name the customers by their ids or by --filter, not both")
	}
	selection := map[string]any{"ids": c.IDs}
	if asked {
		selection = map[string]any{"filter": c.Filter, "q": c.Q}
	}
	return a.withDesk(at, func(d *desk) error {
		if asked && d.workspace != nil {
			if err := a.awaitIndex(ctx, d.workspace); err != nil {
				return err
			}
		}
		counted, err := a.askErasure(ctx, d, map[string]any{"selection": selection, "dryRun": true})
		if err != nil {
			return err
		}
		n := counted.Erased
		if counted.NotFound > 0 {
			a.tell("%s 個の ID の顧客はいません。", "%s ids belong to nobody", grouped(counted.NotFound))
		}
		if n == 0 || c.DryRun {
			a.tell("対象は %s 人です。消去していません。", "%s customers; nobody was erased", grouped(n))
			return nil
		}
		if err := a.confirmErasure(n, c.Yes); err != nil {
			return err
		}
		done, err := a.askErasure(ctx, d, map[string]any{"selection": selection, "confirm": n})
		if err != nil {
			return err
		}
		a.tell("%s 人を完全に消去しました。ディスクから内容を取り除くには、サーバーを止めて meibo compact を実行してください。",
			"%s customers are erased; to take what was freed off the disk, stop the server and run meibo compact", grouped(done.Erased))
		if done.Exports+done.Files > 0 {
			a.tell("含まれていた書き出し %s 個、アップロードとエラーのファイル %s 個を削除しました。", "files that held them were deleted: %s exports, %s uploads and error files",
				grouped(done.Exports), grouped(done.Files))
		}
		return nil
	})
}

// askErasure sends a request to erase and waits for the end of its job.
func (a *app) askErasure(ctx context.Context, d *desk, body map[string]any) (result service.EraseResult, err error) {
	var j service.Job
	if err := d.do(ctx, http.MethodPost, erasePath, body, &j); err != nil {
		return result, err
	}
	if j, err = a.awaitJob(ctx, d, j.ID, say("消去しています", "erasing")); err != nil {
		return result, err
	}
	if j.State != "done" {
		return result, failed("消去を始める前に中断しました。", "interrupted before anybody was erased")
	}
	if err := json.Unmarshal(j.Result, &result); err != nil {
		return result, fmt.Errorf("read the result of the erasure: %w", err)
	}
	return result, nil
}

// confirmErasure asks who sits at the terminal to type the number.
func (a *app) confirmErasure(n int, yes bool) error {
	if yes {
		return nil
	}
	if err := a.hasPerson(); err != nil {
		return err
	}
	a.tell("%s 人を完全に消去します。元に戻せません。続けるには人数（%d）を入力してください。",
		"%s customers will be erased for good. To go on, type how many (%d):", grouped(n), n)
	return a.typed(strconv.Itoa(n))
}

// hasPerson refuses to ask where nobody could answer, before anything is asked.
func (a *app) hasPerson() error {
	if f, ok := a.stdin.(*os.File); ok && !term.IsTerminal(int(f.Fd())) {
		return misused("端末ではないため確認できません。--yes を付けてください。", "there is no terminal to ask at: add --yes")
	}
	return nil
}

// typed wants a word from a person.
func (a *app) typed(word string) error {
	if err := a.hasPerson(); err != nil {
		return err
	}
	line, _ := bufio.NewReader(a.stdin).ReadString('\n') // what came is looked at, also without an end
	if strings.TrimSpace(line) != word {
		return failed("入力が違うため、何も変えていません。", "that is something else: nothing was changed")
	}
	return nil
}
