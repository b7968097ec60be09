//go:build fontpack

// Command pack writes the pieces of the packed form of a font to files DIR/000, DIR/001 and
// so on, each to be compressed as a frame of its own; with -bold instead of DIR the code points
// of the font's characters that its bold keeps, and with -sans SERIF those that the regular
// sans serif keeps where SERIF has the others. It is a part of generate.sh.
package main

import (
	_ "embed"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/leporello-press/leporello/fonts"
)

// frame bounds the pieces: a compromise between size and what a rare character costs.
const frame = 4 << 20

//go:embed common.txt
var common string

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "pack:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) < 2 || (args[1] == "-sans") != (len(args) == 3) {
		return fmt.Errorf("usage: pack FONT DIR|-bold|-sans SERIF")
	}
	data, err := os.ReadFile(args[0])
	if err != nil {
		return err
	}
	if strings.HasPrefix(args[1], "-") {
		var more []rune
		for line := range strings.Lines(common) {
			if !strings.HasPrefix(line, "#") {
				more = append(more, []rune(strings.TrimSpace(line))...)
			}
		}
		var serif []byte
		if len(args) == 3 {
			if serif, err = os.ReadFile(args[2]); err != nil {
				return err
			}
		}
		chars, err := fonts.Common(data, more, serif)
		for _, r := range chars {
			fmt.Printf("%X\n", r)
		}
		return err
	}
	pieces, err := fonts.Pack(data, frame)
	if err != nil {
		return err
	}
	for i, p := range pieces {
		if err := os.WriteFile(filepath.Join(args[1], fmt.Sprintf("%03d", i)), p, 0o666); err != nil {
			return err
		}
	}
	return nil
}
