package cli

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
	"go.yaml.in/yaml/v4"
)

// configFile is the path of a YAML file with values of flags.
type configFile string

// BeforeResolve makes the values of the file those of flags that are set neither on the command line nor in the environment.
func (f configFile) BeforeResolve(k *kong.Kong, c *kong.Context, trace *kong.Path) error {
	path := string(c.FlagValue(trace.Flag).(configFile)) //nolint:forcetypeassert // it is this flag's
	if path == "" {
		return nil
	}
	values, err := readConfigFile(path, k.Model.Flags)
	if err != nil {
		return fmt.Errorf("--config: %w", err)
	}
	c.AddResolver(kong.ResolverFunc(func(_ *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
		value, set := values[flag.Name]
		if _, elsewhere := secretFile(flag); !set || elsewhere || inEnvironment(flag) {
			return nil, nil
		}
		return value, nil
	}))
	return nil
}

// secretFiles resolves flags with the tag secret from the files that environment variables with the suffix _FILE name, as container engines
// mount secrets. An empty file is an error, because the default of the flag would be another store.
var secretFiles = kong.ResolverFunc(func(_ *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
	path, set := secretFile(flag)
	if !set {
		return nil, nil
	}
	name := flag.Envs[0]
	if inEnvironment(flag) {
		return nil, fmt.Errorf("$%s and $%[1]s_FILE are both set; unset one of them", name)
	}
	text, err := readSecret(path)
	if err != nil {
		return nil, fmt.Errorf("$%s_FILE: %w", name, err)
	}
	return text, nil
})

// Maximum sizes in bytes of files.
const (
	maxSecret     = 64 << 10
	maxConfigFile = 1 << 20
)

// readLimited returns the content of a file, or an error if it is larger than limit.
func readLimited(path string, limit int64) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	content, err := io.ReadAll(io.LimitReader(file, limit+1))
	if err == nil && int64(len(content)) > limit {
		err = fmt.Errorf("the file %s is larger than %d KiB", path, limit>>10)
	}
	return content, err
}

// readSecret returns the content of a file, which must be one line that is not empty, without the line break at its end.
func readSecret(path string) (string, error) {
	content, err := readLimited(path, maxSecret)
	if err != nil {
		return "", err
	}
	text := strings.TrimRight(string(content), "\r\n")
	switch {
	case strings.TrimSpace(text) == "":
		return "", fmt.Errorf("the file %s is empty", path)
	case strings.ContainsAny(text, "\r\n"):
		return "", fmt.Errorf("the file %s has several lines, want one", path)
	}
	return text, nil
}

// secretFile returns the path of the file that contains the value of a flag with the tag secret.
func secretFile(flag *kong.Flag) (path string, set bool) {
	if !flag.Tag.Has("secret") || len(flag.Envs) == 0 {
		return "", false
	}
	return os.LookupEnv(flag.Envs[0] + "_FILE")
}

func inEnvironment(flag *kong.Flag) bool {
	return slices.ContainsFunc(flag.Envs, func(name string) bool {
		_, set := os.LookupEnv(name)
		return set
	})
}

// readConfigFile returns the values of a configuration file as texts: a mapping of names of flags, without --, to scalars or lists.
func readConfigFile(path string, flags []*kong.Flag) (map[string]string, error) {
	text, err := readLimited(path, maxConfigFile)
	if err != nil {
		return nil, err
	}
	return parseConfigFile(path, text, flags)
}

func parseConfigFile(path string, text []byte, flags []*kong.Flag) (map[string]string, error) {
	var document yaml.Node
	values, decoder := map[string]string{}, yaml.NewDecoder(bytes.NewReader(text))
	if err := decoder.Decode(&document); errors.Is(err, io.EOF) || err == nil && len(document.Content) == 0 {
		return values, nil // nothing, or comments only
	} else if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if err := decoder.Decode(new(yaml.Node)); !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%s: want one YAML document", path)
	}
	root := document.Content[0]
	if root.Kind != yaml.MappingNode {
		return nil, fmt.Errorf("%s: want lines such as \"listen: 127.0.0.1:3000\"", path)
	}
	var mistakes []error
	for i := 0; i+1 < len(root.Content); i += 2 {
		name, node := root.Content[i].Value, root.Content[i+1]
		where := fmt.Sprintf("%s:%d: %s", path, root.Content[i].Line, name)
		flag := slices.IndexFunc(flags, func(f *kong.Flag) bool { return f.Name == name })
		value, ok := flagText(node)
		switch _, duplicate := values[name]; {
		case flag < 0 || slices.Contains([]string{"help", "version", "config", "check-config"}, name):
			mistakes = append(mistakes, fmt.Errorf("%s is not a flag that a file can set", where))
		case duplicate:
			mistakes = append(mistakes, fmt.Errorf("%s is set twice", where))
		case !ok || node.Kind == yaml.SequenceNode && !flags[flag].IsSlice():
			mistakes = append(mistakes, fmt.Errorf("%s: want one value, or a list where the flag accepts several", where))
		default:
			values[name] = value
		}
	}
	return values, errors.Join(mistakes...)
}

// flagText returns the value of a scalar, or of a list with commas between its members.
func flagText(node *yaml.Node) (text string, ok bool) {
	switch node.Kind {
	case yaml.ScalarNode:
		return node.Value, node.Tag != "!!null"
	case yaml.SequenceNode:
		var members []string
		for _, member := range node.Content {
			if member.Kind != yaml.ScalarNode || member.Tag == "!!null" || strings.Contains(member.Value, ",") {
				return "", false
			}
			members = append(members, member.Value)
		}
		return strings.Join(members, ","), true
	}
	return "", false
}
