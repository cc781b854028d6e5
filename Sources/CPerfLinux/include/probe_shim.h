#ifndef PROBE_SHIM_H
#define PROBE_SHIM_H

#include <stdint.h>
#include <sys/socket.h>

/* The calling thread is woken as exactly as the kernel can. */
void pd_precise_thread(void);

/* Returns after so long, or when a signal comes. */
void pd_sleep_for(uint64_t nanoseconds);

/* Nanoseconds that the calling thread was ready and did not run; -errno where the kernel does not tell. */
int64_t pd_run_delay(void);

/* A socket for echo requests to one address: of datagrams, or raw ones.
   Returns a descriptor, or -errno: -EACCES or -EPERM where this kind of socket is not ours to have. */
int pd_echo_open(const struct sockaddr *address, uint32_t length, int is_raw);

/* Sends an echo request. Returns 0 or -errno. */
int pd_echo_send(int fd, int is_v6, uint16_t identifier, uint16_t sequence, uint64_t cookie);

/* Waits for one packet. Returns the sequence number of the request that is answered, -EAGAIN for another packet,
   -ETIMEDOUT, or -errno such as -ECONNREFUSED and -EHOSTUNREACH, as a router told it. */
int pd_echo_receive(int fd, int is_v6, int is_raw, uint16_t identifier, uint64_t cookie, uint64_t timeout_ns);

#endif
