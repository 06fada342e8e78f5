package conformance

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"slices"
	"sync"

	"github.com/newsdesk-api/newsdesk/internal/engine/spec"
)

// The environment of test binaries.
const (
	CoverageDirectory = "CONTRACT_COVERAGE"        // the directory for their files
	CoverageAccept    = "CONTRACT_COVERAGE_ACCEPT" // the media type that they ask errors in, where a test does not ask for one
)

// Coverage is what was seen. Its zero value is an empty one. It is safe for concurrent use.
type Coverage struct {
	lock     sync.Mutex
	features map[spec.Feature]bool
	broken   map[string]bool
}

// line is one line of a file: either member.
type line struct {
	Seen   *spec.Feature `json:"seen,omitempty"`
	Broken string        `json:"broken,omitempty"`
}

// Enter adds what an exchange has shown, and how its answer breaks the contract; nil when it does not.
func (c *Coverage) Enter(shown []spec.Feature, broken error) {
	c.lock.Lock()
	defer c.lock.Unlock()
	for _, f := range shown {
		c.add(line{Seen: &f})
	}
	if broken != nil {
		c.add(line{Broken: broken.Error()})
	}
}

// Has says whether the feature was seen.
func (c *Coverage) Has(f spec.Feature) bool {
	c.lock.Lock()
	defer c.lock.Unlock()
	return c.features[f]
}

// Broken returns how answers broke the contract, sorted, each once.
func (c *Coverage) Broken() []string {
	c.lock.Lock()
	defer c.lock.Unlock()
	return slices.Sorted(maps.Keys(c.broken))
}

func (c *Coverage) add(l line) {
	if c.features == nil {
		c.features, c.broken = map[spec.Feature]bool{}, map[string]bool{}
	}
	if l.Seen != nil {
		c.features[*l.Seen] = true
	}
	if l.Broken != "" {
		c.broken[l.Broken] = true
	}
}

// Save leaves the coverage as a new file of JSON lines in the directory.
func (c *Coverage) Save(directory string) (err error) {
	file, err := os.CreateTemp(directory, "*.jsonl")
	if err != nil {
		return fmt.Errorf("conformance: %w", err)
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	buffer := bufio.NewWriter(file)
	encoder := json.NewEncoder(buffer)
	c.lock.Lock()
	defer c.lock.Unlock()
	for f := range c.features {
		err = errors.Join(err, encoder.Encode(line{Seen: &f}))
	}
	for broken := range c.broken {
		err = errors.Join(err, encoder.Encode(line{Broken: broken}))
	}
	return errors.Join(err, buffer.Flush())
}

// LoadCoverage adds up the files that Save has left in the directory.
func LoadCoverage(directory fs.FS) (*Coverage, error) {
	c := &Coverage{}
	names, err := fs.Glob(directory, "*.jsonl")
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		text, err := fs.ReadFile(directory, name)
		if err != nil {
			return nil, fmt.Errorf("conformance: %w", err)
		}
		for decoder := json.NewDecoder(bytes.NewReader(text)); decoder.More(); {
			var l line
			if err := decoder.Decode(&l); err != nil {
				return nil, fmt.Errorf("conformance: %s: at byte %d: %w", name, decoder.InputOffset(), err)
			}
			c.add(l)
		}
	}
	return c, nil
}
