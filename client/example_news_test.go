package client_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/newsdesk-api/newsdesk/client"
	"github.com/newsdesk-api/newsdesk/internal/app/apptest"
)

func ExampleNew() {
	server := exampleServer()
	defer server.Close()
	ctx := context.Background()

	c, err := client.New(server.URL)
	if err != nil {
		log.Fatal(err)
	}
	if _, err := c.SignUp(ctx, client.UserInput{Email: "ann@example.com", Password: "battery staple"}); err != nil {
		log.Fatal(err)
	}
	if err := c.SignIn(ctx, "ann@example.com", "battery staple"); err != nil {
		log.Fatal(err)
	}
	news, err := c.CreateNews(ctx, client.NewsInput{Title: "Go 1.26 is out", Body: "It is faster."})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(news.Title)
	// Output: Go 1.26 is out
}

func ExampleClient_FindNews() {
	c, stop := exampleClient("Go is out", "Rust is out", "Gophers meet")
	defer stop()

	filter := client.NewsFilter{
		Where: client.And(
			client.NewsWhere.Title.ILike("%go%"),
			client.NewsWhere.DateCreated.Gte(time.Date(2026, time.January, 1, 0, 0, 0, 0, time.UTC)),
		),
		Order: client.NewsOrder.Title.Desc(),
	}
	for news, err := range c.FindNews(context.Background(), filter) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(news.Title)
	}
	// Output:
	// Gophers meet
	// Go is out
}

func ExampleError() {
	c, stop := exampleClient()
	defer stop()

	_, err := c.CreateNews(context.Background(), client.NewsInput{Title: "", Body: "Without a title."})
	var e *client.Error
	if errors.As(err, &e) {
		fmt.Println(e.Status, e.Code)
		for _, d := range e.Details {
			fmt.Println(d.Path, d.Message)
		}
	}
	// Output:
	// 422 VALIDATION_FAILED
	// /title must NOT have fewer than 1 characters
}

func ExampleIfMatch() {
	c, stop := exampleClient("Go is out")
	defer stop()
	ctx := context.Background()

	for news := range c.FindNews(ctx, client.NewsFilter{Limit: 1}) {
		read, err := c.GetNewsWithResponse(ctx, news.ID, nil) // the whole response, with its ETag
		if err != nil {
			log.Fatal(err)
		}
		title := "Go 1.26 is out"
		change := client.NewsPatch{Title: &title}
		fmt.Println(c.UpdateNews(ctx, news.ID, change, client.IfMatch(read.Headers200.ETag)))

		err = c.UpdateNews(ctx, news.ID, change, client.IfMatch(read.Headers200.ETag))
		var e *client.Error
		fmt.Println(errors.As(err, &e) && e.Code == "VERSION_MISMATCH")
	}
	// Output:
	// <nil>
	// true
}

func ExampleClient_SignOut() {
	c, stop := exampleClient()
	defer stop()
	ctx := context.Background()

	if err := c.SignOut(ctx); err != nil {
		log.Fatal(err)
	}
	_, err := c.GetMe(ctx)
	fmt.Println(errors.Is(err, client.ErrSignedOut))
	// Output: true
}

func ExampleOnTokens() {
	server := exampleServer()
	defer server.Close()
	ctx := context.Background()

	var saved client.Tokens // in a file, or a keychain
	c, err := client.New(server.URL, client.OnTokens(func(t client.Tokens) { saved = t }))
	if err != nil {
		log.Fatal(err)
	}
	if _, err := c.SignUp(ctx, client.UserInput{Email: "ann@example.com", Password: "battery staple"}); err != nil {
		log.Fatal(err)
	}
	if err := c.SignIn(ctx, "ann@example.com", "battery staple"); err != nil {
		log.Fatal(err)
	}

	later, err := client.New(server.URL, client.WithTokens(saved)) // the next day
	if err != nil {
		log.Fatal(err)
	}
	me, err := later.GetMe(ctx)
	fmt.Println(me.Email, err)
	// Output: ann@example.com <nil>
}

// exampleClient returns a client with which Ann has signed in and created news items with the given titles.
func exampleClient(titles ...string) (*client.Client, func()) {
	server, ctx := exampleServer(), context.Background()
	c, err := client.New(server.URL)
	if err != nil {
		log.Fatal(err)
	}
	if _, err := c.SignUp(ctx, client.UserInput{Email: email, Password: password}); err != nil {
		log.Fatal(err)
	}
	if err := c.SignIn(ctx, email, password); err != nil {
		log.Fatal(err)
	}
	for _, title := range titles {
		if _, err := c.CreateNews(ctx, client.NewsInput{Title: title, Body: "…"}); err != nil {
			log.Fatal(err)
		}
	}
	return c, server.Close
}

// exampleAPI is the real API behind HTTP.
type exampleAPI struct {
	*httptest.Server
	api *apptest.API
}

func exampleServer() exampleAPI {
	a := apptest.New(example{})
	return exampleAPI{httptest.NewServer(a.Handler), a}
}

func (e exampleAPI) Close() {
	e.Server.Close()
	e.api.Close()
}

// example replaces testing.TB in examples.
type example struct{ testing.TB }

func (example) Helper()                  {}
func (example) Cleanup(func())           {}
func (example) Context() context.Context { return context.Background() }
func (example) Fatal(args ...any)        { log.Fatal(args...) }
