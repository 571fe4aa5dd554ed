/* The executor, for C. One thread calls all of this; `wk_wake` alone may be called from any. */
#ifndef WAKEFUL_H
#define WAKEFUL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Wakes one task. It is two words, copied like an int; there is nothing to free. It stays valid for
   ever: once its task is gone, waking it does nothing worse than one poll for nothing. */
typedef struct {
    const void *task;
    const void *table;
} wk_waker;

/* A task in C: called after each wake, says whether it is done. Before it says no it must see to it
   that somebody will wake it. */
typedef bool (*wk_poll)(void *context, wk_waker waker);

/* What you call. */
bool wk_run(void);                            /* polls what is ready; whether tasks are left */
int64_t wk_expire(uint64_t now_ms);           /* fires timers; ms until the next one, or -1 */
void wk_wake(wk_waker waker);                 /* queues the task; from any thread */
bool wk_spawn(wk_poll poll, void *context);   /* false if the executor is full */
bool wk_spawn_ticker(uint32_t period_ms, uint32_t times, uint64_t now_ms);
bool wk_spawn_reader(int fd);

/* What you define, and the executor calls. */
void wk_notify(void);                         /* there is work: call wk_run soon; from any thread */
bool wk_readable(int fd, wk_waker waker);     /* can fd be read now? if not, wake when it can */
void wk_print(const char *text, size_t length);

#endif
