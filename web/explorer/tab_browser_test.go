//go:build browser

package explorer_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

type (
	size struct {
		name          string
		width, height int64
	}
	scheme string
)

var (
	desktop = size{"desktop", 1280, 1000}
	phone   = size{"phone", 390, 844}
)

const (
	light scheme = "light"
	dark  scheme = "dark"
)

// tab is a tab of a browser of its own, with nothing stored. Its methods fail the test when what they want does not
// happen in time.
type tab struct {
	t    *testing.T
	ctx  context.Context
	base string

	mu   sync.Mutex
	seen []string
}

func openTab(t *testing.T, base string) *tab {
	t.Helper()
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.DisableGPU,
		chromedp.Flag("disable-component-update", true), chromedp.WindowSize(int(desktop.width), int(desktop.height)))
	if os.Getuid() == 0 {
		options = append(options, chromedp.NoSandbox)
	}
	limited, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	t.Cleanup(cancel)
	allocator, cancel := chromedp.NewExecAllocator(limited, options...)
	t.Cleanup(cancel)
	ctx, cancel := chromedp.NewContext(allocator)
	t.Cleanup(cancel)

	tab := &tab{t: t, ctx: ctx, base: base}
	if err := chromedp.Listen(ctx, tab.watch); err != nil {
		t.Fatalf("start the browser: %v", err)
	}
	_, err := chromedp.Call(ctx, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{
		Source: `addEventListener('securitypolicyviolation', e => console.error('policy violated:', e.violatedDirective, e.blockedURI))`,
	})
	if err != nil {
		t.Fatalf("watch the security policy: %v", err)
	}
	return tab
}

func (b *tab) visit(path string) {
	b.t.Helper()
	b.do("visit "+path, chromedp.Navigate(b.base+path))
}

func (b *tab) click(selector string) {
	b.t.Helper()
	b.do("click "+selector, chromedp.Click(chromedp.CSS(selector)))
}

func (b *tab) find(selector string) {
	b.t.Helper()
	b.do("find "+selector, chromedp.WaitVisible(chromedp.CSS(selector)))
}

func (b *tab) text(selector string) string {
	b.t.Helper()
	var text string
	b.do("read "+selector, func(ctx context.Context, target *chromedp.Target) (_ chromedp.Void, err error) {
		text, err = chromedp.TextContent(chromedp.CSS(selector))(ctx, target)
		return
	})
	return text
}

// see waits for an element whose text is as given.
func (b *tab) see(selector, text string) {
	b.t.Helper()
	b.do(fmt.Sprintf("see %q in %s", text, selector),
		chromedp.Poll[chromedp.Void](fmt.Sprintf(`document.querySelector(%q)?.textContent.trim() === %q`, selector, text)))
}

// open opens an operation, by "tag-operationId".
func (b *tab) open(operation string) {
	b.t.Helper()
	b.click("#operations-" + operation + " .opblock-summary-control")
	b.find("#operations-" + operation + ".is-open")
}

func (b *tab) close(operation string) {
	b.t.Helper()
	b.click("#operations-" + operation + " .opblock-summary-control")
	b.find("#operations-" + operation + ":not(.is-open)")
}

// write replaces the text of an operation's field.
func (b *tab) write(operation, field, text string) {
	b.t.Helper()
	selector := chromedp.CSS("#operations-" + operation + " " + field)
	b.do("write into "+string(selector),
		chromedp.Click(selector),
		chromedp.KeyEvent("a", chromedp.KeyModifiers(chromedp.ModifierCtrl)),
		func(ctx context.Context, _ *chromedp.Target) (none chromedp.Void, err error) {
			_, err = chromedp.Call(ctx, input.InsertText, input.InsertTextParams{Text: text})
			return none, err
		})
}

// execute sends an operation and waits for an answer 200 whose body has the text.
func (b *tab) execute(operation, text string) {
	b.t.Helper()
	answer := "#operations-" + operation + " .live-responses-table"
	b.click("#operations-" + operation + " .execute")
	b.do("answer of "+operation, chromedp.WaitVisible(chromedp.CSS(answer)))
	if status := b.text(answer + " tbody .response-col_status"); !strings.HasPrefix(status, "200") {
		b.t.Fatalf("%s answered %s: %s", operation, status, b.text(answer+" .response-col_description"))
	}
	if body := b.text(answer + " .response-col_description .highlight-code"); !strings.Contains(body, text) {
		b.t.Fatalf("%s answered %s, which lacks %q", operation, body, text)
	}
}

// picture takes one of the window, scrolled to an element.
func (b *tab) picture(name, selector string, size size, scheme scheme) {
	b.t.Helper()
	folder := os.Getenv("NEWSDESK_SCREENSHOTS")
	if folder == "" {
		return
	}
	name = fmt.Sprintf("%s-%s-%s.png", name, size.name, scheme)
	b.do("picture "+name, func(ctx context.Context, target *chromedp.Target) (none chromedp.Void, err error) {
		_, err = chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: string(scheme)}},
		})
		if err != nil {
			return none, err
		}
		if _, err = chromedp.EmulateViewport(size.width, size.height)(ctx, target); err != nil {
			return none, err
		}
		if _, err = chromedp.ScrollIntoView(chromedp.CSS(selector))(ctx, target); err != nil {
			return none, err
		}
		png, err := chromedp.CaptureScreenshot()(ctx, target)
		if err != nil {
			return none, err
		}
		return none, os.WriteFile(filepath.Join(folder, name), png, 0o644)
	})
}

func (b *tab) do(what string, steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, 20*time.Second)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		b.t.Fatalf("%s: %v; faults so far: %q", what, err, b.faults())
	}
}

// watch notes what a page of ours must not do: leave its origin, break its policy, complain.
func (b *tab) watch(event any) {
	var fault string
	switch e := event.(type) {
	case *network.EventRequestWillBeSent:
		if url := e.Request.URL; !strings.HasPrefix(url, b.base+"/") && !strings.HasPrefix(url, "data:") {
			fault = "request to another origin: " + url
		}
	case *log.EventEntryAdded:
		if e.Entry.Level == log.EntryLevelError {
			fault = "browser: " + e.Entry.Text + " " + e.Entry.URL
		}
	case *runtime.EventConsoleAPICalled:
		if e.Type == runtime.ConsoleAPICalledTypeError {
			fault = "console:"
			for _, argument := range e.Args {
				fault += fmt.Sprintf(" %s%s", argument.Value, argument.Description)
			}
		}
	case *runtime.EventExceptionThrown:
		fault = "exception: " + e.ExceptionDetails.Text
		if e.ExceptionDetails.Exception != nil {
			fault += " " + e.ExceptionDetails.Exception.Description
		}
	}
	if fault != "" {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.seen = append(b.seen, fault)
	}
}

func (b *tab) faults() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.seen)
}
