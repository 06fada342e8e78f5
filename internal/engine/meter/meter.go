// Package meter counts what of the contract tests have seen. Each test binary leaves a file; the table adds them up.
package meter

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
	Directory = "CONTRACT_COVERAGE"        // the directory for their files
	Accept    = "CONTRACT_COVERAGE_ACCEPT" // the media type that they ask errors in, where a test does not ask for one
)

// Tally is what was seen. Its zero value is an empty one. It is safe for concurrent use.
type Tally struct {
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
func (t *Tally) Enter(shown []spec.Feature, broken error) {
	t.lock.Lock()
	defer t.lock.Unlock()
	for _, f := range shown {
		t.add(line{Seen: &f})
	}
	if broken != nil {
		t.add(line{Broken: broken.Error()})
	}
}

// Has says whether the feature was seen.
func (t *Tally) Has(f spec.Feature) bool {
	t.lock.Lock()
	defer t.lock.Unlock()
	return t.features[f]
}

// Broken returns how answers broke the contract, sorted, each once.
func (t *Tally) Broken() []string {
	t.lock.Lock()
	defer t.lock.Unlock()
	return slices.Sorted(maps.Keys(t.broken))
}

func (t *Tally) add(l line) {
	if t.features == nil {
		t.features, t.broken = map[spec.Feature]bool{}, map[string]bool{}
	}
	if l.Seen != nil {
		t.features[*l.Seen] = true
	}
	if l.Broken != "" {
		t.broken[l.Broken] = true
	}
}

// Save leaves the tally as a new file of JSON lines in the directory.
func (t *Tally) Save(directory string) (err error) {
	file, err := os.CreateTemp(directory, "*.jsonl")
	if err != nil {
		return fmt.Errorf("meter: %w", err)
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	buffer := bufio.NewWriter(file)
	encoder := json.NewEncoder(buffer)
	t.lock.Lock()
	defer t.lock.Unlock()
	for f := range t.features {
		err = errors.Join(err, encoder.Encode(line{Seen: &f}))
	}
	for broken := range t.broken {
		err = errors.Join(err, encoder.Encode(line{Broken: broken}))
	}
	return errors.Join(err, buffer.Flush())
}

// Load adds up the files that Save has left in the directory.
func Load(directory fs.FS) (*Tally, error) {
	t := &Tally{}
	names, err := fs.Glob(directory, "*.jsonl")
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		text, err := fs.ReadFile(directory, name)
		if err != nil {
			return nil, fmt.Errorf("meter: %w", err)
		}
		for decoder := json.NewDecoder(bytes.NewReader(text)); decoder.More(); {
			var l line
			if err := decoder.Decode(&l); err != nil {
				return nil, fmt.Errorf("meter: %s: at byte %d: %w", name, decoder.InputOffset(), err)
			}
			t.add(l)
		}
	}
	return t, nil
}
