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
	desktop = size{"desktop", 1280, 1040}
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

	expected string // part of the faults that the test is about; none when it is empty

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
	limited, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	t.Cleanup(cancel)
	allocator, cancel := chromedp.NewExecAllocator(limited, options...)
	t.Cleanup(cancel)
	ctx, cancel := chromedp.NewContext(allocator)
	t.Cleanup(cancel)

	tab := &tab{t: t, ctx: ctx, base: base}
	tab.begin()
	return tab
}

// another opens one more tab of the same browser.
func (b *tab) another() *tab {
	b.t.Helper()
	ctx, cancel := chromedp.NewContext(b.ctx)
	b.t.Cleanup(cancel)
	tab := &tab{t: b.t, ctx: ctx, base: b.base}
	tab.begin()
	return tab
}

func (b *tab) begin() {
	b.t.Helper()
	if err := chromedp.Listen(b.ctx, b.watch); err != nil {
		b.t.Fatalf("start the browser: %v", err)
	}
	_, err := chromedp.Call(b.ctx, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{
		Source: `addEventListener('securitypolicyviolation', e => console.error('policy violated:', e.violatedDirective, e.blockedURI))`,
	})
	if err != nil {
		b.t.Fatalf("watch the security policy: %v", err)
	}
}

func (b *tab) visit(path string) {
	b.t.Helper()
	b.do("visit "+path, chromedp.Navigate(b.base+path))
}

func (b *tab) reload() {
	b.t.Helper()
	b.do("reload", chromedp.Reload())
}

func (b *tab) click(selector string) {
	b.t.Helper()
	b.do("click "+selector, chromedp.Click(chromedp.CSS(selector)))
}

// press clicks the button of that text in an element.
func (b *tab) press(within, text string) {
	b.t.Helper()
	b.click(b.evaluate(fmt.Sprintf(`(() => {
		const all = [...document.querySelectorAll(%q)].flatMap((e) => [...e.querySelectorAll('button')]);
		const found = all.find((e) => e.textContent.trim() === %q || e.getAttribute('aria-label') === %[2]q);
		document.querySelectorAll('[data-pressed]').forEach((e) => e.removeAttribute('data-pressed'));
		found?.setAttribute('data-pressed', '');
		return found ? '[data-pressed]' : 'a button ' + %[2]q;
	})()`, within, text)))
}

func (b *tab) find(selector string) {
	b.t.Helper()
	b.do("find "+selector, chromedp.WaitVisible(chromedp.CSS(selector)))
}

func (b *tab) text(selector string) string {
	b.t.Helper()
	return b.evaluate(fmt.Sprintf(`document.querySelector(%q).textContent`, selector))
}

// see waits for an element whose text has the given one in it.
func (b *tab) see(selector, text string) {
	b.t.Helper()
	b.wait(fmt.Sprintf(`document.querySelector(%q)?.textContent.includes(%q)`, selector, text))
}

// wait waits until an expression is true.
func (b *tab) wait(expression string) {
	b.t.Helper()
	b.do("wait for "+expression, chromedp.Poll[chromedp.Void](expression))
}

// evaluate returns the string that an expression, or its promise, is.
func (b *tab) evaluate(expression string) (text string) {
	b.t.Helper()
	b.do("evaluate "+expression, func(ctx context.Context, target *chromedp.Target) (_ chromedp.Void, err error) {
		text, err = chromedp.Evaluate[string](expression, chromedp.EvalAwaitPromise)(ctx, target)
		return
	})
	return text
}

// enter replaces the text of a field as somebody who types does.
func (b *tab) enter(field, text string) {
	b.t.Helper()
	selector := chromedp.CSS(field)
	b.do("write into "+field,
		chromedp.Focus(selector),
		chromedp.KeyEvent("a", chromedp.KeyModifiers(chromedp.ModifierCtrl)),
		func(ctx context.Context, _ *chromedp.Target) (none chromedp.Void, err error) {
			_, err = chromedp.Call(ctx, input.InsertText, input.InsertTextParams{Text: text})
			return none, err
		})
}

// choose chooses an option of a select by its value.
func (b *tab) choose(selector, value string) {
	b.t.Helper()
	b.find(selector)
	b.evaluate(fmt.Sprintf(`(() => {
		const select = document.querySelector(%q);
		Object.getOwnPropertyDescriptor(HTMLSelectElement.prototype, 'value').set.call(select, %q);
		select.dispatchEvent(new Event('change', { bubbles: true }));
		return '';
	})()`, selector, value))
}

// open opens an operation, by "tag-operationId", and waits until Swagger UI has read it: before, Execute does nothing.
func (b *tab) open(operation string) {
	b.t.Helper()
	b.click("#operations-" + operation + " .opblock-summary-control")
	b.find("#operations-" + operation + ".is-open")
	b.wait(`!document.querySelector('#operations-` + operation + ` .opblock-loading-animation')`)
}

func (b *tab) close(operation string) {
	b.t.Helper()
	b.click("#operations-" + operation + " .opblock-summary-control")
	b.find("#operations-" + operation + ":not(.is-open)")
}

// write replaces the text of an operation's field.
func (b *tab) write(operation, field, text string) {
	b.t.Helper()
	b.enter("#operations-"+operation+" "+field, text)
}

// execute sends an operation and waits for an answer 200 whose body has the text.
func (b *tab) execute(operation, text string) {
	b.t.Helper()
	b.executeFor(operation, "200", text)
}

func (b *tab) executeFor(operation, status, text string) {
	b.t.Helper()
	answer := "#operations-" + operation + " .live-responses-table"
	// before it has gone, Execute does nothing
	b.wait(`!document.querySelector('#operations-` + operation + ` .opblock-loading-animation')`)
	b.click("#operations-" + operation + " .execute")
	b.find(answer)
	b.wait(fmt.Sprintf(`!document.querySelector('#operations-%s .loading-container')`, operation))
	if got := b.text(answer + " tbody .response-col_status"); !strings.HasPrefix(got, status) {
		b.t.Fatalf("%s answered %s: %s", operation, got, b.text(answer+" tbody .response-col_description"))
	}
	if text != "" {
		b.see(answer+" tbody .response-col_description", text)
	}
}

// picture takes one of the window, scrolled to an element.
func (b *tab) picture(name, selector string, size size, scheme scheme) {
	b.t.Helper()
	folder := b.folder()
	if folder == "" {
		return
	}
	name = fmt.Sprintf("%s-%s-%s.png", name, size.name, scheme)
	b.use(scheme)
	b.resize(size)
	b.evaluate(fmt.Sprintf(`document.querySelector(%q).scrollIntoView(); document.getAnimations().forEach((transition) => `+
		`transition.finish()); ''`, selector))
	b.do("picture "+name, func(ctx context.Context, target *chromedp.Target) (none chromedp.Void, err error) {
		png, err := chromedp.CaptureScreenshot()(ctx, target)
		if err != nil {
			return none, err
		}
		return none, os.WriteFile(filepath.Join(folder, name), png, 0o644)
	})
}

func (b *tab) do(what string, steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, time.Minute)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		if png, err := chromedp.Run(b.ctx, chromedp.CaptureScreenshot()); err == nil && b.folder() != "" {
			must(b.t, os.WriteFile(filepath.Join(b.folder(), "failed-"+b.t.Name()+".png"), png, 0o644))
		}
		b.t.Fatalf("%s: %v; faults so far: %q", what, err, b.faults())
	}
}

// watch records what a page must not do: request other origins, violate its policy, log errors.
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
	if fault != "" && (b.expected == "" || !strings.Contains(fault, b.expected)) {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.seen = append(b.seen, fault)
	}
}

// check fails the test for every fault so far.
func (b *tab) check() {
	b.t.Helper()
	for _, fault := range b.faults() {
		b.t.Error(fault)
	}
}

func (b *tab) faults() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.seen)
}

// signUp makes an account with the form at the top, which signs in.
func (b *tab) signUp() {
	b.t.Helper()
	b.enter("#sign-in [name=email]", email)
	b.enter("#sign-in [name=password]", password)
	b.click("#sign-in [value=sign-up]")
	b.see("#who", "Signed in as "+email)
}

func (b *tab) resize(size size) {
	b.t.Helper()
	b.do("resize", chromedp.EmulateViewport(size.width, size.height))
}

// folder is where pictures go; nowhere when it is empty.
func (b *tab) folder() string { return os.Getenv("NEWSDESK_SCREENSHOTS") }

// use has the page prefer a scheme.
func (b *tab) use(scheme scheme) {
	b.t.Helper()
	b.do("use "+string(scheme), func(ctx context.Context, _ *chromedp.Target) (none chromedp.Void, err error) {
		_, err = chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: string(scheme)}},
		})
		return none, err
	})
}

// pictures takes one of each size and scheme, and goes back to the desktop.
func (b *tab) pictures(name, selector string) {
	b.t.Helper()
	for _, size := range []size{phone, desktop} {
		for _, scheme := range []scheme{dark, light} {
			b.picture(name, selector, size, scheme)
		}
	}
}
