package main

import (
	"errors"
	"io"
	"io/fs"
	"os"

	"meibo/api/table"
)

// sources are the files to import. Standard input and pipes are spooled to
// temporary files, which cleanUp removes: an import reads a file more than
// once.
func (a *app) sources(files []string) (sources []table.Source, cleanUp func(), err error) {
	var spooled []string
	cleanUp = func() {
		for _, name := range spooled {
			os.Remove(name)
		}
	}
	stdin := false
	for _, name := range files {
		if name == "-" && stdin {
			return nil, cleanUp, misused("標準入力は 1 回だけ指定できます。", "standard input can be given once only")
		}
		stdin = stdin || name == "-"
		source, temporary, err := a.sourceOf(name)
		if temporary {
			spooled = append(spooled, source.Path)
		}
		if err != nil {
			return nil, cleanUp, err
		}
		sources = append(sources, source)
	}
	return sources, cleanUp, nil
}

// sourceOf is one file. temporary says that its Path is to be removed, also
// after an error.
func (a *app) sourceOf(name string) (source table.Source, temporary bool, err error) {
	source = table.Source{Name: name, Path: name}
	if name == "-" {
		source.Name = a.words(say("標準入力", "standard input"))
		source.Path, err = spool(a.stdin)
		return source, source.Path != "", err
	}
	info, err := os.Stat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return source, false, failed("%s というファイルはありません。", "there is no file %s", name)
	case err != nil:
		return source, false, err
	case info.IsDir():
		return source, false, failed("%s はフォルダーです。ファイルを指定してください。", "%s is a folder; name a file", name)
	case info.Mode().IsRegular():
		source.Size = info.Size()
		return source, false, nil
	}
	pipe, err := os.Open(name)
	if err != nil {
		return source, false, err
	}
	source.Path, err = spool(pipe)
	return source, source.Path != "", errors.Join(err, pipe.Close())
}

// spool copies what is read to a temporary file.
func spool(from io.Reader) (path string, err error) {
	f, err := os.CreateTemp("", "meibo-import-")
	if err != nil {
		return "", err
	}
	_, err = io.Copy(f, from)
	return f.Name(), errors.Join(err, f.Close())
}
