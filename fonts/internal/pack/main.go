//go:build fontpack

// Command pack writes the pieces of the packed form of a font to files DIR/000, DIR/001 and
// so on, each to be compressed as a frame of its own. Without DIR it writes the code points of
// the font's common characters. It is a part of generate.sh.
package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/leporello-press/leporello/fonts"
)

// frame bounds the pieces: a compromise between size and what a rare character costs.
const frame = 4 << 20

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "pack:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) != 1 && len(args) != 2 {
		return fmt.Errorf("usage: pack FONT [DIR]")
	}
	data, err := os.ReadFile(args[0])
	if err != nil {
		return err
	}
	if len(args) == 1 {
		common, err := fonts.Common(data)
		for _, r := range common {
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
