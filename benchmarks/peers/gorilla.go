// gorilla/websocket: one goroutine for each connection, as its documentation has it.
package main

import (
	"bufio"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"runtime"
	"runtime/debug"
	"strings"
	"sync"
	"syscall"

	"github.com/gorilla/websocket"
)

type serverJob struct {
	Compression string
	Broadcast   *struct{ Message string }
	TLS         *struct{ Key, Cert string }
}

type peer struct {
	connection *websocket.Conn
	lock       sync.Mutex
}

func (p *peer) send(kind int, data []byte) error {
	p.lock.Lock()
	defer p.lock.Unlock()
	return p.connection.WriteMessage(kind, data)
}

var peers = map[*peer]struct{}{}
var peersLock sync.RWMutex

func broadcast(kind int, data []byte) {
	peersLock.RLock()
	defer peersLock.RUnlock()
	for each := range peers {
		each.send(kind, data)
	}
}

func serve(job serverJob) http.HandlerFunc {
	upgrader := websocket.Upgrader{EnableCompression: job.Compression != "none"}
	return func(writer http.ResponseWriter, request *http.Request) {
		connection, err := upgrader.Upgrade(writer, request, nil)
		if err != nil {
			return
		}
		self := &peer{connection: connection}
		peersLock.Lock()
		peers[self] = struct{}{}
		peersLock.Unlock()
		defer func() {
			peersLock.Lock()
			delete(peers, self)
			peersLock.Unlock()
			connection.Close()
		}()
		for {
			kind, data, err := connection.ReadMessage()
			if err != nil {
				return
			}
			if job.Broadcast != nil {
				broadcast(kind, data)
			} else if self.send(kind, data) != nil {
				return
			}
		}
	}
}

func main() {
	var job serverJob
	if err := json.Unmarshal([]byte(os.Args[1]), &job); err != nil {
		panic(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	port := listener.Addr().(*net.TCPAddr).Port
	if job.TLS != nil {
		pair, err := tls.X509KeyPair([]byte(job.TLS.Cert), []byte(job.TLS.Key))
		if err != nil {
			panic(err)
		}
		listener = tls.NewListener(listener, &tls.Config{Certificates: []tls.Certificate{pair}})
	}
	go http.Serve(listener, serve(job))
	fmt.Printf("{\"port\":%d,\"version\":\"%s\",\"options\":{\"EnableCompression\":%t}}\n", port, os.Args[2], job.Compression != "none")
	questions := bufio.NewScanner(os.Stdin)
	for questions.Scan() {
		answer(strings.Fields(questions.Text())[0])
	}
}

func answer(question string) {
	switch question {
	case "cpu":
		var usage syscall.Rusage
		syscall.Getrusage(syscall.RUSAGE_SELF, &usage)
		fmt.Printf("{\"cpu\":%d}\n", (usage.Utime.Nano()+usage.Stime.Nano())/1000)
	case "memory":
		debug.FreeOSMemory()
		var stats runtime.MemStats
		runtime.ReadMemStats(&stats)
		fmt.Printf("{\"rss\":%d,\"live\":%d}\n", resident(), stats.HeapAlloc+stats.StackInuse)
	default:
		fmt.Println("{}")
	}
}

func resident() int {
	text, _ := os.ReadFile("/proc/self/statm")
	var size, pages int
	fmt.Sscan(string(text), &size, &pages)
	return pages * os.Getpagesize()
}
