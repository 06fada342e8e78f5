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

// Environment variables of test binaries.
const (
	CoverageDirectory = "CONTRACT_COVERAGE"        // the directory for their files
	CoverageAccept    = "CONTRACT_COVERAGE_ACCEPT" // the media type of errors, where a test does not choose one
)

// Coverage records which features of the contract were seen. Its zero value is empty. It is safe for concurrent use.
type Coverage struct {
	lock     sync.Mutex
	features map[spec.Feature]bool
	broken   map[string]bool
}

// line is one line of a coverage file, with one of its members set.
type line struct {
	Seen   *spec.Feature `json:"seen,omitempty"`
	Broken string        `json:"broken,omitempty"`
}

// Enter adds the features that an exchange has shown, and the error with which its response violates the contract, or nil.
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

// Has reports whether the feature was seen.
func (c *Coverage) Has(f spec.Feature) bool {
	c.lock.Lock()
	defer c.lock.Unlock()
	return c.features[f]
}

// Broken returns the distinct violations of the contract by responses, sorted.
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

// Save writes the coverage to a new file of JSON lines in the directory.
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

// LoadCoverage returns the sum of the files that Save has written to the directory.
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
