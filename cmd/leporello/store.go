package main

import (
	"bufio"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/leporello-press/leporello/digest/blob"
	"github.com/leporello-press/leporello/digest/recipe"
)

// openBlobs opens the store of documents, pictures and books of a configuration.
func (e *env) openBlobs(ctx context.Context, c *recipe.Config) (blob.Store, error) {
	o := blob.Options{Dir: filepath.Join(c.StateDir, "blobs"), Clock: e.now}
	if strings.HasPrefix(c.Store, "s3:") {
		keys, err := e.awsKeys()
		if err != nil {
			return nil, err
		}
		o.AccessKey, o.SecretKey, o.SessionToken = keys("aws_access_key_id"), keys("aws_secret_access_key"), keys("aws_session_token")
	}
	return blob.OpenURL(ctx, c.Store, o)
}

// awsKeys returns the keys of a server of S3 by their names, as the tools of Amazon
// find them: in the environment, else in the file of credentials. What nobody has is
// empty.
func (e *env) awsKeys() (func(name string) string, error) {
	if e.getenv("AWS_ACCESS_KEY_ID") != "" {
		return func(name string) string { return e.getenv(strings.ToUpper(name)) }, nil
	}
	path, named := e.getenv("AWS_SHARED_CREDENTIALS_FILE"), true
	if path == "" {
		home, err := os.UserHomeDir()
		if err != nil {
			return func(string) string { return "" }, nil
		}
		path, named = filepath.Join(home, ".aws", "credentials"), false
	}
	profile := e.getenv("AWS_PROFILE")
	if profile == "" {
		profile = "default"
	}
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) && !named {
		return func(string) string { return "" }, nil
	}
	if err != nil {
		return nil, usagef("AWS_SHARED_CREDENTIALS_FILE names another", "the keys of the store: %w", err)
	}
	defer f.Close()
	keys := map[string]string{}
	section := ""
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		line := strings.TrimSpace(lines.Text())
		if name, ok := strings.CutPrefix(line, "["); ok {
			section = strings.TrimSpace(strings.TrimSuffix(name, "]"))
		} else if name, value, ok := strings.Cut(line, "="); ok && section == profile {
			keys[strings.TrimSpace(name)] = strings.TrimSpace(value)
		}
	}
	return func(name string) string { return keys[name] }, lines.Err()
}
