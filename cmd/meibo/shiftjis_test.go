package main

import (
	"net/http"
	"strings"
	"testing"

	encodings "golang.org/x/text/encoding/japanese"
)

// A file as Japanese shops have it: Shift_JIS, dates with slashes, amounts with
// a sign and commas.
func TestAShiftJISFileArrivesRight(t *testing.T) {
	const text = "会員番号,氏名,登録日,購入金額,電話番号,メール\r\n" +
		"A001,髙橋　花子,2026/11/23,\"￥1,234\",090-1234-5678,hana@x.jp\r\n" +
		"A002,佐藤 太郎,2026/1/2,\"￥12,345,678\",03-1234-5678,taro@x.jp\r\n" +
		"A003,\"鈴木, 一\n二行\",2025/12/31,￥0,,\r\n"
	for name, encoding := range map[string]interface {
		String(string) (string, error)
	}{"sjis.csv": encodings.ShiftJIS.NewEncoder(), "euc.csv": encodings.EUCJP.NewEncoder()} {
		t.Run(name, func(t *testing.T) {
			said := text
			if name == "euc.csv" {
				said = strings.ReplaceAll(said, "髙", "高") // which EUC-JP lacks
			}
			content, err := encoding.String(said)
			if err != nil {
				t.Fatal(err)
			}
			c := newRegister(t)
			c.importFile(name, strings.NewReader(content), map[string]any{"key": "memberId", "map": map[string]string{
				"会員番号": "memberId", "氏名": "name", "登録日": "createdAt", "購入金額": "profile.spent", "電話番号": "profile.mobileNumber", "メール": "profile.email"}})
			first := "髙橋　花子"
			if name == "euc.csv" {
				first = "高橋　花子"
			}
			for filter, want := range map[string]int{
				`memberId = "A001" AND name = exact("` + first + `")`: 1, `createdAt = 2026-11-23`: 1, `createdAt = 2026-01-02`: 1, `createdAt = 2025-12-31`: 1,
				`profile.spent = 1234`: 1, `profile.spent = 12345678`: 1, `profile.spent = 0`: 1, `profile.mobileNumber = "09012345678"`: 1, `profile.email = "taro@x.jp"`: 1, `name ~ "二行"`: 1,
			} {
				var counted struct {
					Total int `json:"total"`
				}
				c.ask(http.MethodPost, "/v1/customers/count", map[string]any{"filter": filter}, &counted)
				if counted.Total != want {
					t.Errorf("%s: %d customers, want %d", filter, counted.Total, want)
				}
			}
		})
	}
}
