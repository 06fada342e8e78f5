package loopback

import (
	"bytes"
	"encoding/json"
	"io"
	"mime"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/newsdesk-api/newsdesk/internal/app/apptest"
	"github.com/newsdesk-api/newsdesk/internal/engine/testkit"
)

// session sends recorded requests to one server and translates ids of news items from and to LoopBack's numbers.
type session struct {
	t      *testing.T
	api    *apptest.API
	token  string
	server *httptest.Server
	client http.Client
	ids    []string // of our news, in the order of LoopBack's numbers, which begin with 1
}

// caller is who sends the recorded requests.
const caller = "ann"

func newSession(t *testing.T) *session {
	a := apptest.New(t)
	s := &session{t: t, api: a, token: a.Token(caller, "news:read", "news:write")}
	s.serve()
	return s
}

// serve listens: methods, paths and early answers are net/http's business too.
func (s *session) serve() {
	s.server = httptest.NewServer(s.api.Handler)
	s.client = http.Client{
		Transport:     &http.Transport{DisableCompression: true, DisableKeepAlives: true, ExpectContinueTimeout: time.Minute},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	s.t.Cleanup(s.server.Close)
}

// send sends a row's request and returns the response, validated against the contract.
func (s *session) send(t *testing.T, r *row) answer {
	t.Helper()
	request := s.request(t, r)
	response, err := s.client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	if op := s.api.Contract.Operation(request.Method, request.URL.EscapedPath()); op != nil {
		if err := op.ValidateResponse(request, response.StatusCode, response.Header, text); err != nil {
			t.Errorf("the answer breaks the contract: %v", err)
		}
	}
	changed := text
	if r.Instead != "" {
		changed = s.instead(t, r)
	}
	if r.Request == "POST /news" && r.LoopBack.Status == http.StatusOK {
		s.learn(idOf(t, changed))
	}
	return s.answer(t, r, response, text)
}

func (s *session) request(t *testing.T, r *row) *http.Request {
	t.Helper()
	method, target, _ := strings.Cut(s.ours(r.Request), " ")
	body := []byte(s.ours(r.Body))
	if r.Make != "" {
		body = bodies(t, r.Make)
	}
	request, err := http.NewRequestWithContext(t.Context(), method, s.server.URL, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	target = strings.ReplaceAll(target, " ", "%20")
	if u, err := url.Parse(s.server.URL + target); err == nil {
		request.URL = u
	} else {
		request.URL.Opaque = target // net/url does not read it, and shall send it
	}
	if len(body) > 1<<20 {
		request.Header.Set("Expect", "100-continue") // as curl does: an answer that comes before the body is read could be lost
	}
	for name, value := range r.Header {
		request.Header.Set(name, s.ours(value))
	}
	return request
}

// instead does what the row's request was refused, and returns the answer's body.
func (s *session) instead(t *testing.T, r *row) []byte {
	t.Helper()
	method, target, _ := strings.Cut(s.ours(r.Request), " ")
	answer := s.api.Do(method, target, s.token, s.ours(r.Instead))
	text := testkit.Body(answer)
	if answer.StatusCode >= 400 {
		t.Fatalf("instead: %d %s", answer.StatusCode, text)
	}
	return []byte(text)
}

func idOf(t *testing.T, text []byte) string {
	t.Helper()
	var news struct {
		ID string `json:"id"`
	}
	if err := json.Unmarshal(text, &news); err != nil || news.ID == "" {
		t.Fatalf("LoopBack created a news item and this server did not (%v): %s", err, text)
	}
	return news.ID
}

func (s *session) learn(id string) { s.ids = append(s.ids, id) }

// ours puts a valid token, a password that we take, and our ids in the place of {token}, {password} and {1}.
func (s *session) ours(text string) string {
	text = strings.NewReplacer("{token}", s.token, "{password}", testkit.Password).Replace(text)
	for i, id := range s.ids {
		text = strings.ReplaceAll(text, "{"+strconv.Itoa(i+1)+"}", id)
	}
	return text
}

var (
	uuids  = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`)
	tokens = regexp.MustCompile(`eyJ[\w-]+\.[\w-]+\.[\w-]*|[\w-]{86}`) // access and refresh tokens
)

// answer returns a response of this server with LoopBack's numbers as ids.
func (s *session) answer(t *testing.T, r *row, response *http.Response, text []byte) answer {
	t.Helper()
	for i, id := range s.ids {
		text = bytes.ReplaceAll(text, []byte(id), []byte(strconv.Itoa(i+1)))
	}
	text = bytes.TrimSpace(uuids.ReplaceAll(text, []byte("<id>")))
	if bytes.Contains(text, []byte(`"refresh_token"`)) { // otherwise nothing matches, and the search is slow on a long list
		text = tokens.ReplaceAll(text, []byte("<token>"))
	}
	a := answer{Status: response.StatusCode, Body: text}
	if len(text) == 0 {
		return a
	}
	a.Type, _, _ = mime.ParseMediaType(response.Header.Get("Content-Type"))
	if a.Type != "application/json" {
		quoted, err := json.Marshal(string(text))
		if err != nil {
			t.Fatal(err)
		}
		a.Body = quoted
		return a
	}
	a.Type = ""
	if list, ok := ids(text); ok && !bytes.HasPrefix(r.LoopBack.Body, []byte("[")) {
		a.Rows, a.Body = list, nil
	}
	return a
}

// ids returns the ids of a list of documents; false when the text is something else.
func ids(text json.RawMessage) ([]string, bool) {
	var documents []struct {
		ID string `json:"id"`
	}
	if json.Unmarshal(text, &documents) != nil {
		return nil, false
	}
	found := []string{}
	for _, d := range documents {
		if d.ID == "" {
			return nil, false
		}
		found = append(found, d.ID)
	}
	return found, true
}
