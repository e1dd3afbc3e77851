package lab

import (
	"context"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"sync"
	"time"
)

// Listen serves the robots on a port of their own on listen ("" is 127.0.0.1)
// until ctx ends or the returned function is called, which waits for the last
// call. The base URL comes first: a robot lives at base + [Robots.Path].
func (r *Robots) Listen(ctx context.Context, listen string) (base string, stop func() error, err error) {
	if listen == "" {
		listen = "127.0.0.1"
	}
	listener, err := net.Listen("tcp", net.JoinHostPort(listen, "0"))
	if err != nil {
		return "", nil, cannotListen(err)
	}
	ctx, cancel := context.WithCancel(ctx)
	server := &http.Server{
		Handler: r, ReadHeaderTimeout: 30 * time.Second, IdleTimeout: 30 * time.Second, MaxHeaderBytes: 64 << 10,
		ErrorLog: log.New(io.Discard, "", 0), BaseContext: func(net.Listener) context.Context { return ctx },
	}
	var wg sync.WaitGroup
	var failed error
	wg.Go(func() {
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			failed = err
		}
	})
	wg.Go(func() {
		<-ctx.Done()
		_ = server.Close()
	})
	return "http://" + listener.Addr().String(), func() error {
		cancel()
		wg.Wait()
		return failed
	}, nil
}
