//go:build !unix

package deliver

import "os/exec"

// Without groups of processes a command is ended alone.
func group(*exec.Cmd) {}

func killGroup(*exec.Cmd) {}
