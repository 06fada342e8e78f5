package cli

import (
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"
)

// certificateCheck is the time after which the next connection looks whether the files of the certificate have changed.
const certificateCheck = 10 * time.Second

// certificate is the TLS certificate in two PEM files, which may be replaced while the server runs. It is safe for concurrent use.
type certificate struct {
	certFile, keyFile string
	log               *slog.Logger
	now               func() time.Time

	lock    sync.Mutex
	current *tls.Certificate
	seen    [2]fileState // of current, or of the files that could not be loaded
	checked time.Time
}

// fileState changes when a file is replaced or rewritten.
type fileState struct {
	changed time.Time
	size    int64
}

// loadCertificate returns the certificate in the files.
func loadCertificate(certFile, keyFile string, log *slog.Logger) (*certificate, error) {
	c := &certificate{certFile: certFile, keyFile: keyFile, log: log, now: time.Now}
	c.seen, c.checked = c.states(), c.now()
	loaded, err := tls.LoadX509KeyPair(certFile, keyFile)
	if err != nil {
		return nil, fmt.Errorf("--tls-cert, --tls-key: %w", err)
	}
	c.current = &loaded
	c.warn(&loaded)
	return c, nil
}

// warn logs that clients will reject a certificate because of its dates.
func (c *certificate) warn(loaded *tls.Certificate) {
	if leaf, now := loaded.Leaf, c.now(); leaf != nil && (now.After(leaf.NotAfter) || now.Before(leaf.NotBefore)) {
		c.log.Warn("the TLS certificate is not valid now", "not_before", leaf.NotBefore, "not_after", leaf.NotAfter)
	}
}

// get returns the certificate for a connection. If changed files cannot be loaded, it logs an error and returns the previous certificate.
func (c *certificate) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	c.lock.Lock()
	defer c.lock.Unlock()
	if now := c.now(); now.Sub(c.checked) >= certificateCheck {
		c.checked = now
		if seen := c.states(); seen != c.seen {
			c.seen = seen
			loaded, err := tls.LoadX509KeyPair(c.certFile, c.keyFile)
			if err != nil {
				c.log.Error("cannot reload the TLS certificate; the previous certificate stays in use", "error", err)
				return c.current, nil
			}
			c.current = &loaded
			c.log.Info("reloaded the TLS certificate")
			c.warn(&loaded)
		}
	}
	return c.current, nil
}

func (c *certificate) states() (states [2]fileState) {
	for i, path := range []string{c.certFile, c.keyFile} {
		if info, err := os.Stat(path); err == nil {
			states[i] = fileState{info.ModTime(), info.Size()}
		}
	}
	return states
}

// certificate returns the function that Serve needs for TLS, or nil without the flags.
func (c *config) certificate(log *slog.Logger) (func(*tls.ClientHelloInfo) (*tls.Certificate, error), error) {
	switch {
	case c.TLSCert == "" && c.TLSKey == "":
		return nil, nil
	case c.TLSCert == "" || c.TLSKey == "":
		return nil, errors.New("--tls-cert and --tls-key: only one of them is set, want both or none")
	}
	loaded, err := loadCertificate(c.TLSCert, c.TLSKey, log)
	if err != nil {
		return nil, err
	}
	return loaded.get, nil
}
