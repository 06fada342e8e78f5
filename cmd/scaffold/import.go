package main

import (
	"os"

	"github.com/newsdesk-api/newsdesk/internal/engine/scaffold"
)

type importCommand struct {
	LoopBack importLoopBack `cmd:"" name:"loopback" help:"Add the models of a LoopBack 4 application with their operations."`
}

type importLoopBack struct {
	Source string `arg:"" help:"Its OpenAPI document: http://localhost:3000/openapi.json, or a file."`
	Owner  string `help:"The property with the id of the user who created a document; without it, documents have no owner."`
	DryRun bool   `help:"Only show what would be added."`
}

func (importLoopBack) Help() string {
	return "The paths stay those of LoopBack, so that clients go on working. What is not carried over is listed."
}

func (c importLoopBack) Run() error {
	return scaffold.ImportLoopBack(".", scaffold.LoopBack{Source: c.Source, Owner: c.Owner, DryRun: c.DryRun}, os.Stdout)
}
