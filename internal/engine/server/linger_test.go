package server_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// TestEarlyAnswers has clients that read only when they have written everything, as Python's urllib does: however much that is,
// they get the answer.
func TestEarlyAnswers(t *testing.T) {
	t.Parallel()
	r := newRig(t, time.Now)
	address, token := listen(t, r), "Authorization: Bearer "+r.token(t)+"\r\n"
	const jsonType = "Content-Type: application/json\r\n"
	for _, tt := range []struct {
		name, line, headers string
		want                int
	}{
		{"too large", "POST /notes", jsonType + token, 413},
		{"too large, for those who have no token yet", "POST /signup", jsonType, 413},
		{"too large, on an operation that expects", "POST /notes", jsonType + token + "Expect: 100-continue\r\n", 413},
		{"without a token", "POST /notes", jsonType, 401},
		{"without a token, expecting", "POST /notes", jsonType + "Expect: 100-continue\r\n", 401},
		{"an unknown path", "POST /nothing", jsonType, 404},
		{"another method", "DELETE /ping", jsonType, 405},
		{"an unknown query parameter", "POST /notes?x=1", jsonType + token, 400},
		{"an unknown expectation", "POST /notes", jsonType + "Expect: x\r\n", 417},
		{"a body that nobody reads", "GET /health", "", 200},
		{"a header that is too large", "POST /notes", "X: " + strings.Repeat("x", 3<<20) + "\r\n", 431},
		{"an invalid host", "POST /notes", "Host: y\r\n", 400},
		{"an unknown coding", "POST /notes", "Transfer-Encoding: gzip\r\n", 501},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			for i := range 8 {
				size := (2 + i%4*2) << 20
				framing, body := fmt.Sprintf("Content-Length: %d\r\n\r\n", size), strings.Repeat("x", size)
				if i%2 == 1 {
					framing, body = "Transfer-Encoding: chunked\r\n\r\n", fmt.Sprintf("%x\r\n%s\r\n0\r\n\r\n", size, body)
				}
				if tt.want == 501 {
					framing = "\r\n"
				}
				got, err := writeThenRead(address, tt.line+" HTTP/1.1\r\nHost: x\r\n"+tt.headers+framing+body)
				if err != nil || got != tt.want {
					t.Fatalf("the %d-th time, %.20q with %d bytes: %d, %v; want %d", i, framing, size, got, err, tt.want)
				}
			}
		})
	}
}

// An answer that comes early does not end the connection of a client whose body is small.
func TestEarlyAnswersKeepConnections(t *testing.T) {
	t.Parallel()
	c, err := net.Dial("tcp", listen(t, newRig(t, time.Now)))
	must(t, err)
	defer c.Close()
	back := bufio.NewReader(c)
	for range 3 {
		_, err = io.WriteString(c, "POST /notes HTTP/1.1\r\nHost: x\r\nContent-Length: 200000\r\n\r\n"+strings.Repeat("x", 200_000))
		must(t, err)
		answer, err := http.ReadResponse(back, nil)
		must(t, err)
		_, err = io.Copy(io.Discard, answer.Body)
		must(t, err)
		if answer.StatusCode != 401 || answer.Close {
			t.Errorf("%s, closing: %v", answer.Status, answer.Close)
		}
	}
}

// An endless body is cut off after a fixed number of bytes.
func TestEndlessBody(t *testing.T) {
	t.Parallel()
	address := listen(t, newRig(t, time.Now))
	c, err := net.Dial("tcp", address)
	must(t, err)
	defer c.Close()
	_, err = io.WriteString(c, "POST /notes HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
	must(t, err)
	chunk := "100000\r\n" + strings.Repeat("x", 1<<20) + "\r\n"
	sent := 0
	for ; sent < 1<<30; sent += len(chunk) {
		if _, err := io.WriteString(c, chunk); err != nil {
			break
		}
	}
	if most := 96 << 20; sent > most { // 64 MiB, and what the kernels hold
		t.Errorf("%d bytes were taken, want %d at most", sent, most)
	}
}

// writeThenRead returns the status of the answer.
func writeThenRead(address, text string) (int, error) {
	c, err := net.Dial("tcp", address)
	if err != nil {
		return 0, err
	}
	defer c.Close()
	if err := c.SetDeadline(time.Now().Add(time.Minute)); err != nil {
		return 0, err
	}
	if _, err := io.WriteString(c, text); err != nil {
		return 0, fmt.Errorf("while writing: %w", err)
	}
	back := bufio.NewReader(c)
	answer, err := http.ReadResponse(back, nil)
	if err == nil && answer.StatusCode == 100 {
		answer, err = http.ReadResponse(back, nil)
	}
	if err != nil {
		return 0, err
	}
	_, err = io.Copy(io.Discard, answer.Body)
	return answer.StatusCode, errors.Join(err, answer.Body.Close())
}
