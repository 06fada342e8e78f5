// Command check does the tutorial with the client that oapi-codegen made, without any settings.
package main

import (
	"context"
	"fmt"
	"net/http"
	"os"

	"check/plain"
)

func main() {
	if err := check(context.Background(), os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func check(ctx context.Context, url string) error {
	bearer := ""
	api, err := plain.NewClientWithResponses(url, plain.WithRequestEditorFn(func(_ context.Context, r *http.Request) error {
		if bearer != "" {
			r.Header.Set("Authorization", "Bearer "+bearer)
		}
		return nil
	}))
	if err != nil {
		return err
	}
	user, err := api.SignUpWithResponse(ctx, plain.UserInput{Email: "go@example.com", Password: "correct horse"})
	if err != nil || user.JSON200 == nil {
		return fmt.Errorf("sign up: %v, %v", user.Status(), err)
	}
	token, err := api.SignInWithResponse(ctx, plain.Credentials{Email: "go@example.com", Password: "correct horse"})
	if err != nil || token.JSON200 == nil {
		return fmt.Errorf("sign in: %v, %v", token.Status(), err)
	}
	bearer = token.JSON200.Token

	news, err := api.CreateNewsWithResponse(ctx, plain.NewsInput{Title: "From Go", Body: "b"})
	if err != nil || news.JSON200 == nil || news.JSON200.Author != user.JSON200.Id {
		return fmt.Errorf("create: %v, %v", news.Status(), err)
	}
	asked, err := filter("%GO%", "date_created DESC", 10)
	if err != nil {
		return err
	}
	found, err := api.FindNewsWithResponse(ctx, &plain.FindNewsParams{Filter: asked})
	if err != nil || found.JSON200 == nil || len(*found.JSON200) != 1 || *(*found.JSON200)[0].Id != news.JSON200.Id {
		return fmt.Errorf("filter: %v %s, %v", found.Status(), found.Body, err)
	}
	deleted, err := api.DeleteNewsWithResponse(ctx, news.JSON200.Id, nil)
	if err != nil || deleted.StatusCode() != http.StatusNoContent {
		return fmt.Errorf("delete: %v, %v", deleted.Status(), err)
	}
	missing, err := api.GetNewsWithResponse(ctx, news.JSON200.Id, nil)
	if err != nil || missing.JSON404 == nil || *missing.JSON404.Error.Code != "ENTITY_NOT_FOUND" {
		return fmt.Errorf("read what is deleted: %v %s, %v", missing.Status(), missing.Body, err)
	}
	return nil
}

func filter(title, order string, limit int) (*plain.NewsFilter, error) {
	f := plain.NewsFilter{Where: &plain.NewsWhere{Title: new(plain.StringCondition)}, Order: new(plain.NewsOrder), Limit: &limit}
	if err := f.Where.Title.FromStringOperators(plain.StringOperators{Ilike: &title}); err != nil {
		return nil, err
	}
	return &f, f.Order.FromNewsOrderKeys(order)
}
