package dev.sonde.vm.helper;

import dev.sonde.vm.map.BpfMap;
import dev.sonde.vm.map.Errno;

/**
 * What the kernel answers to programs that look for sockets, on a machine that has none: a lookup
 * finds nothing, so that what takes a socket is verified but never reached. A program never holds
 * the address of a socket; the null pointer is the only one that there is.
 */
public final class SocketHelpers {
  private SocketHelpers() {}

  public static long skLookupTcp(long context, long tuple, long sizeBytes, long netns, long flags) {
    return 0;
  }

  public static long skLookupUdp(long context, long tuple, long sizeBytes, long netns, long flags) {
    return 0;
  }

  public static long skcLookupTcp(
      long context, long tuple, long sizeBytes, long netns, long flags) {
    return 0;
  }

  public static long skRelease(long socket) {
    return 0;
  }

  public static long skAssign(long context, long socket, long flags) {
    return flags != 0 ? -Errno.EINVAL : -Errno.ENOENT;
  }

  public static long skFullsock(long socket) {
    return 0;
  }

  public static long tcpSock(long socket) {
    return 0;
  }

  public static long getListenerSock(long socket) {
    return 0;
  }

  public static long skcToTcp6Sock(long socket) {
    return 0;
  }

  public static long skcToTcpSock(long socket) {
    return 0;
  }

  public static long skcToTcpTimewaitSock(long socket) {
    return 0;
  }

  public static long skcToTcpRequestSock(long socket) {
    return 0;
  }

  public static long skcToUdp6Sock(long socket) {
    return 0;
  }

  public static long skcToUnixSock(long socket) {
    return 0;
  }

  public static long skcToMptcpSock(long socket) {
    return 0;
  }

  public static long skStorageGet(BpfMap map, long socket, long value, long flags) {
    return 0;
  }

  public static long skStorageDelete(BpfMap map, long socket) {
    return -Errno.ENOENT;
  }

  public static long tcpCheckSyncookie(
      long socket, long ip, long ipBytes, long tcp, long tcpBytes) {
    return -Errno.EINVAL; // nobody listens
  }

  public static long tcpGenSyncookie(long socket, long ip, long ipBytes, long tcp, long tcpBytes) {
    return -Errno.EINVAL;
  }

  /** As a kernel without CONFIG_SYN_COOKIES: there is no secret to make cookies of. */
  public static long tcpRawGenSyncookieIpv4(long ip, long tcp, long tcpBytes) {
    return -Errno.EPROTONOSUPPORT;
  }

  public static long tcpRawGenSyncookieIpv6(long ip, long tcp, long tcpBytes) {
    return -Errno.EPROTONOSUPPORT;
  }

  public static long tcpRawCheckSyncookieIpv4(long ip, long tcp) {
    return -Errno.EPROTONOSUPPORT;
  }

  public static long tcpRawCheckSyncookieIpv6(long ip, long tcp) {
    return -Errno.EPROTONOSUPPORT;
  }
}
