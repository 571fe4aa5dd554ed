/* A C program whose loop sleeps in poll(2), with async tasks in it. */
#include "wakeful.h"

#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static uint64_t now_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static void sleep_ms(long ms) {
    nanosleep(&(struct timespec){.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000}, NULL);
}

/* The executor's way to end the loop's sleep, or to forbid the next one. It notifies only when it
   was idle and is no longer, so the pipe never fills. */
static int wake_pipe[2];

void wk_notify(void) {
    if (write(wake_pipe[1], "!", 1) != 1) abort();
}

/* The reactor: descriptors that tasks wait for. The first is the pipe above. */
enum { MOST = 9 };
static struct pollfd waits[MOST];
static wk_waker wakers[MOST];
static nfds_t count = 1;

bool wk_readable(int fd, wk_waker waker) {
    struct pollfd wait = {.fd = fd, .events = POLLIN};
    if (poll(&wait, 1, 0) == 1) return true;
    nfds_t i = 1;
    while (i < count && waits[i].fd != fd) i++; /* a task that asks again is in it already */
    if (i == MOST) abort();
    waits[i] = wait;
    wakers[i] = waker;
    if (i == count) count++;
    return false;
}

void wk_print(const char *text, size_t length) {
    printf("%.*s\n", (int)length, text);
}

/* A task in C: it waits for a thread's answer. */
struct job {
    atomic_int answer;
    wk_waker waker;
    pthread_t thread;
    bool is_started;
};

static void *compute(void *context) {
    struct job *job = context;
    sleep_ms(150);
    atomic_store(&job->answer, 42);
    wk_wake(job->waker); /* from this thread, while the loop sleeps */
    return NULL;
}

static bool poll_job(void *context, wk_waker waker) {
    struct job *job = context;
    if (!job->is_started) {
        job->is_started = true;
        job->waker = waker;
        if (pthread_create(&job->thread, NULL, compute, job) != 0) abort();
    }
    int answer = atomic_load(&job->answer);
    if (answer == 0) return false;
    pthread_join(job->thread, NULL);
    printf("c: the thread says %d\n", answer);
    return true;
}

/* Somebody else's thread, who knows nothing of tasks. */
static void *speak(void *context) {
    int fd = *(int *)context;
    sleep_ms(50);
    if (write(fd, "hello", 5) != 5) abort();
    sleep_ms(200);
    close(fd);
    return NULL;
}

/* What `../measure` runs: a task in C that wakes itself, a million times. */
static bool poll_turns(void *context, wk_waker waker) {
    int *left = context;
    wk_wake(waker);
    return --*left == 0;
}

static int measure(void) {
    int left = 1000000;
    struct timespec begin, end;
    if (!wk_spawn(poll_turns, &left)) abort();
    clock_gettime(CLOCK_MONOTONIC, &begin);
    while (wk_run()) {}
    clock_gettime(CLOCK_MONOTONIC, &end);
    double ns = (double)(end.tv_sec - begin.tv_sec) * 1e9 + (double)(end.tv_nsec - begin.tv_nsec);
    printf("%.1f\n", ns / 1e6);
    return 0;
}

int main(int count_of_arguments, char **arguments) {
    int speech[2];
    if (pipe(wake_pipe) != 0 || pipe(speech) != 0) abort();
    if (count_of_arguments > 1 && strcmp(arguments[1], "yields") == 0) return measure();
    waits[0] = (struct pollfd){.fd = wake_pipe[0], .events = POLLIN};

    struct job job = {0};
    pthread_t speaker;
    if (pthread_create(&speaker, NULL, speak, &speech[1]) != 0) abort();
    if (!wk_spawn(poll_job, &job) || !wk_spawn_reader(speech[0]) ||
        !wk_spawn_ticker(100, 3, now_ms()))
        abort();

    int calls = 0;
    while (wk_run()) {
        /* What expires here notifies, so poll does not sleep. */
        int timeout = (int)wk_expire(now_ms());
        if (poll(waits, count, timeout) < 0) abort();
        calls++;
        char byte;
        if (waits[0].revents && read(wake_pipe[0], &byte, 1) != 1) abort();
        for (nfds_t i = count; --i > 0;) {
            if (!waits[i].revents) continue;
            wk_wake(wakers[i]);
            count--; /* a wait ends with its wake: the last one takes its place */
            waits[i] = waits[count];
            wakers[i] = wakers[count];
        }
    }
    pthread_join(speaker, NULL);
    /* 3 ticks, 2 events of the speaker and 1 answer: each ends one sleep, and its notification may
       end another at once. A loop that does not sleep counts millions. */
    printf("c: it slept between them: %s\n", calls <= 14 ? "yes" : "no");
    return 0;
}
