package cli

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

// writeCertificate writes a new certificate for 127.0.0.1, and its key.
func writeCertificate(t *testing.T, certFile, keyFile string) *x509.CertPool {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{{127, 0, 0, 1}}}
	cert, err := x509.CreateCertificate(rand.Reader, &template, &template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	for path, block := range map[string]*pem.Block{
		certFile: {Type: "CERTIFICATE", Bytes: cert}, keyFile: {Type: "PRIVATE KEY", Bytes: der},
	} {
		if err := os.WriteFile(path, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	parsed, err := x509.ParseCertificate(cert)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(parsed)
	return pool
}

func TestServeTLS(t *testing.T) {
	t.Parallel()
	cert, key := filepath.Join(t.TempDir(), "cert.pem"), filepath.Join(t.TempDir(), "key.pem")
	pool := writeCertificate(t, cert, key)
	serving(t, memory, func(url string) {
		for _, http2 := range []bool{true, false} {
			client := http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}, ForceAttemptHTTP2: http2}}
			response, err := client.Get(url + "/ready")
			if err != nil {
				t.Fatal(err)
			}
			response.Body.Close()
			client.CloseIdleConnections()
			if response.StatusCode != 200 || (response.ProtoMajor == 2) != http2 {
				t.Errorf("GET %s/ready: %s with %s", url, response.Status, response.Proto)
			}
		}
		args := []string{"health", "--listen=" + strings.TrimPrefix(url, "https://"), "--tls-cert=" + cert}
		if code := runApp(t.Context(), args, nil, io.Discard, io.Discard); code != 0 {
			t.Errorf("health: exit code %d", code)
		}
	}, "--tls-cert="+cert, "--tls-key="+key)
}

// A certificate whose files change is replaced, unless they cannot be loaded.
func TestCertificateReload(t *testing.T) {
	t.Parallel()
	certFile, keyFile := filepath.Join(t.TempDir(), "cert.pem"), filepath.Join(t.TempDir(), "key.pem")
	writeCertificate(t, certFile, keyFile)
	var log bytes.Buffer
	c, err := loadCertificate(certFile, keyFile, slog.New(slog.NewJSONHandler(&log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	c.now = func() time.Time { now = now.Add(certificateCheck); return now }
	first, _ := c.get(nil)
	changed := func() {
		t.Helper()
		if err := os.Chtimes(certFile, now, now); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(certFile, []byte("half"), 0o600); err != nil {
		t.Fatal(err)
	}
	changed()
	if got, err := c.get(nil); got != first || err != nil {
		t.Errorf("files that cannot be loaded: %v", err)
	}
	writeCertificate(t, certFile, keyFile)
	changed()
	if got, err := c.get(nil); got == first || err != nil {
		t.Errorf("the certificate was not reloaded: %v", err)
	}
	if strings.Contains(log.String(), "not valid now") {
		t.Errorf("a valid certificate: %s", &log)
	}
	now = now.Add(2 * time.Hour)
	changed()
	if _, err := c.get(nil); err != nil || !strings.Contains(log.String(), "the TLS certificate is not valid now") {
		t.Errorf("an expired certificate: %s, %v", &log, err)
	}
}

func TestServeUnixSocket(t *testing.T) {
	t.Parallel()
	socket := filepath.Join(t.TempDir(), "s")
	abandon(t, socket)
	serving(t, memory, func(url string) {
		info, err := os.Stat(socket)
		if err != nil || info.Mode().Perm() != 0o660 {
			t.Errorf("the socket %s: %v, %v", socket, info, err)
		}
		client := http.Client{Transport: &http.Transport{DialContext: func(context.Context, string, string) (net.Conn, error) {
			return net.Dial("unix", socket)
		}}}
		response, err := client.Get("http://news.example/ping")
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		client.CloseIdleConnections()
		if response.StatusCode != 200 {
			t.Errorf("GET /ping: %s", response.Status)
		}
		if code := runApp(t.Context(), []string{"health", "--listen=unix:" + socket}, nil, io.Discard, io.Discard); code != 0 {
			t.Errorf("health: exit code %d", code)
		}
		if l, err := listen("--listen", "unix:"+socket, 0o600); err == nil {
			t.Error("a second server took the socket")
			l.Close()
		}
	}, "--listen=unix:"+socket)
	if !missing(socket) {
		t.Error("the socket remains")
	}
	if err := os.WriteFile(socket, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := listen("--listen", "unix:"+socket, 0o600); err == nil || missing(socket) {
		t.Errorf("a file that is not a socket was replaced: %v", err)
	}
}

// abandon leaves a socket behind, as a process that was killed does.
func abandon(t *testing.T, socket string) {
	t.Helper()
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: socket, Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	l.SetUnlinkOnClose(false)
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
}

// systemd gets READY=1 when the server accepts connections, and STOPPING=1 when it begins to stop.
func TestNotify(t *testing.T) {
	socket := filepath.Join(t.TempDir(), "notify")
	supervisor, err := net.ListenPacket("unixgram", socket)
	if err != nil {
		t.Fatal(err)
	}
	defer supervisor.Close()
	t.Setenv("NOTIFY_SOCKET", socket)
	receive := func() string {
		text := make([]byte, 100)
		n, _, err := supervisor.ReadFrom(text)
		if err != nil {
			t.Fatal(err)
		}
		return string(text[:n])
	}
	serving(t, memory, func(string) {
		if got := receive(); got != "READY=1" {
			t.Errorf("systemd gets %q", got)
		}
	})
	if got := receive(); got != "STOPPING=1" {
		t.Errorf("systemd gets %q", got)
	}
}

// The server uses a socket that systemd passes as file descriptor 3. It goes on, and ends as usual, if nobody reads its log.
func TestServeActivated(t *testing.T) {
	const variable = "TEST_SERVE_ACTIVATED"
	if os.Getenv(variable) != "" { // the process below
		ctx, stop := signal.NotifyContext(t.Context(), os.Interrupt)
		defer stop()
		os.Exit(runApp(ctx, []string{"--data=" + memory, "--listen=systemd"}, nil, os.Stdout, os.Stderr))
	}
	if runtime.GOOS == "windows" {
		t.Skip("systemd is a matter of Linux")
	}
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	file, err := listener.(*net.TCPListener).File()
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	server := exec.CommandContext(t.Context(), "sh", "-c", `LISTEN_PID=$$ exec "$0" -test.run='^TestServeActivated$'`, os.Args[0])
	server.Env = append(os.Environ(), variable+"=1", "LISTEN_FDS=1")
	server.ExtraFiles = []*os.File{file}
	reader, writer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	reader.Close()
	defer writer.Close()
	server.Stdout, server.Stderr = writer, writer
	if err := errors.Join(server.Start(), listener.Close(), file.Close()); err != nil { // if it ends, the connection does, too
		t.Fatal(err)
	}
	response, err := http.Get("http://" + listener.Addr().String() + "/ping") // it waits in the socket until the server accepts it
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if response.StatusCode != 200 {
		t.Errorf("GET /ping: %s", response.Status)
	}
	if err := errors.Join(server.Process.Signal(os.Interrupt), server.Wait()); err != nil {
		t.Errorf("after an interrupt: %v", err)
	}
}
