// Echo servers with gorilla/websocket: one with room for the largest messages, one whose largest message is argument 1.
package main

import (
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"runtime"
	"strconv"

	"github.com/gorilla/websocket"
)

func echo(largest int64) string {
	upgrader := websocket.Upgrader{EnableCompression: true}
	handler := func(response http.ResponseWriter, request *http.Request) {
		connection, err := upgrader.Upgrade(response, request, nil)
		if err != nil {
			return
		}
		defer connection.Close()
		connection.SetReadLimit(largest)
		for {
			kind, data, err := connection.ReadMessage()
			if err != nil {
				return
			}
			if connection.WriteMessage(kind, data) != nil {
				return
			}
		}
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	server := &http.Server{Handler: http.HandlerFunc(handler), ErrorLog: log.New(io.Discard, "", 0)}
	go server.Serve(listener)
	return fmt.Sprintf("ws://%s/", listener.Addr())
}

func main() {
	limit, err := strconv.ParseInt(os.Args[1], 10, 64)
	if err != nil {
		log.Fatal(err)
	}
	urls := []string{echo(17 * 1024 * 1024), echo(limit)}
	json.NewEncoder(os.Stdout).Encode(map[string]any{"runtime": "Go " + runtime.Version()[2:], "urls": urls})
	io.Copy(io.Discard, os.Stdin)
}
