// Drives gorilla/websocket's client: gorilla-client JUDGE AGENT LIMIT CONCURRENCY
package main

import (
	"encoding/json"
	"fmt"
	"log"
	"net/url"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"

	"github.com/gorilla/websocket"
)

const room = 17 * 1024 * 1024

var judge, agent = os.Args[1], url.QueryEscape(os.Args[2])

func number(text string) int {
	value, err := strconv.Atoi(text)
	if err != nil {
		log.Fatal(err)
	}
	return value
}

func ask(path string) string {
	connection, _, err := websocket.DefaultDialer.Dial(judge+path, nil)
	if err != nil {
		log.Fatal(path, ": ", err)
	}
	defer connection.Close()
	_, data, err := connection.ReadMessage()
	if err != nil {
		log.Fatal(path, ": ", err)
	}
	connection.ReadMessage()
	return string(data)
}

func run(at int, limit int64) {
	var info struct {
		ID        string   `json:"id"`
		Protocols []string `json:"protocols"`
	}
	if err := json.Unmarshal([]byte(ask(fmt.Sprintf("/getCaseInfo?case=%d&agent=%s", at, agent))), &info); err != nil {
		log.Fatal(err)
	}
	path, largest := fmt.Sprintf("/runCase?case=%d&agent=%s", at, agent), int64(room)
	if strings.HasPrefix(info.ID, "10.4/") {
		path, largest = path+"&limit=1", limit
	}
	dialer := websocket.Dialer{EnableCompression: true, Subprotocols: info.Protocols}
	connection, _, err := dialer.Dial(judge+path, nil)
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

func main() {
	limit, concurrency := int64(number(os.Args[3])), number(os.Args[4])
	json.NewEncoder(os.Stdout).Encode(map[string]any{"runtime": "Go " + runtime.Version()[2:]})
	count := number(ask("/getCaseCount?agent=" + agent))
	runs := make(chan int)
	var workers sync.WaitGroup
	for i := 0; i < concurrency; i++ {
		workers.Add(1)
		go func() {
			defer workers.Done()
			for at := range runs {
				run(at, limit)
			}
		}()
	}
	for at := 1; at <= count; at++ {
		runs <- at
	}
	close(runs)
	workers.Wait()
	ask("/updateReports?agent=" + agent)
}
