#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Writes the tree of a server: 256 threads on 128 cores of 2 sockets, 64 network interfaces, 24
# disks, 74 temperatures. As files it would be a megabyte; here each value follows from its number.
# usage: server.sh DIRECTORY [THREADS]

set -e
root=$1
threads=${2:-256}
mkdir -p "$root/proc/net" "$root/proc/self" "$root/proc/pressure" "$root/proc/sys/kernel" \
  "$root/etc" "$root/sys/class/hwmon"

awk -v n="$threads" -v root="$root" 'BEGIN {
  stat = root "/proc/stat"; info = root "/proc/cpuinfo"
  for (i = 0; i < n; i++) {
    user += 100000 + i; nice += i; system_ += 20000 + 2 * i; idle += 900000 - 3 * i
    io += 50; irq += 7; soft += 9
  }
  printf "cpu  %d %d %d %d %d %d %d 0 0 0\n", user, nice, system_, idle, io, irq, soft >stat
  for (i = 0; i < n; i++) {
    printf "cpu%d %d %d %d %d 50 7 9 0 0 0\n", i, 100000 + i, i, 20000 + 2 * i, \
      900000 - 3 * i >stat
    core = i % (n / 2)
    printf "processor\t: %d\nvendor_id\t: AuthenticAMD\nmodel name\t: Example EPYC 9004\n" \
      "physical id\t: %d\nsiblings\t: %d\ncore id\t\t: %d\ncpu cores\t: %d\n\n", \
      i, core < n / 4 ? 0 : 1, n / 2, core % (n / 4), n / 4 >info
    topology = root "/sys/devices/system/cpu/cpu" i "/topology"
    print topology >(root "/topologies")
    print core "," core + n / 2 >(root "/siblings")
  }
  printf "intr 9" >stat
  for (i = 0; i < 2000; i++) printf " %d", i >stat
  printf "\nctxt 1\nbtime 1699990000\nprocesses 2\n" >stat

  dev = root "/proc/net/dev"
  printf "Inter-|   Receive  |  Transmit\n face |bytes packets|bytes packets\n" >dev
  printf "    lo: 5 1 0 0 0 0 0 0 5 1 0 0 0 0 0 0\n" >dev
  for (i = 0; i < 64; i++)
    printf "  en%d: %d 10 %d 2 0 0 0 0 %d 20 3 %d 0 0 0 0\n", i, 1000000 + i, i, 500000 + i, \
      i >dev

  disks = root "/proc/diskstats"
  for (i = 0; i < 24; i++) {
    printf " 259 %d nvme%dn1 100 0 2000 30 200 0 4000 60 0 50 90\n", 2 * i, i >disks
    printf " 259 %d nvme%dn1p1 90 0 1800 27 180 0 3600 54 0 45 81\n", 2 * i + 1, i >disks
  }
  mounts = root "/proc/self/mountinfo"
  printf "22 1 259:1 / / rw - xfs /dev/nvme0n1p1 rw\n" >mounts
  printf "30 22 259:3 / /srv rw - xfs /dev/nvme1n1p1 rw\n" >mounts
}'
while read -r directory && read -r siblings <&3; do
  mkdir -p "$directory"
  echo "$siblings" >"$directory/core_cpus_list"
done <"$root/topologies" 3<"$root/siblings"
rm "$root/topologies" "$root/siblings"

cat >"$root/proc/meminfo" <<END
MemTotal:       1056000000 kB
MemFree:        500000000 kB
MemAvailable:   900000000 kB
Buffers:           100000 kB
Cached:         400000000 kB
SwapCached:             0 kB
SwapTotal:              0 kB
SwapFree:               0 kB
Shmem:            2000000 kB
SReclaimable:    10000000 kB
END
echo "88.10 90.20 95.30 100/9000 123456" >"$root/proc/loadavg"
echo "864000.00 200000000.00" >"$root/proc/uptime"
for what in cpu memory io; do
  printf 'some avg10=0.00 avg60=0.00 avg300=0.00 total=1000\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=500\n' \
    >"$root/proc/pressure/$what"
done
echo server >"$root/proc/sys/kernel/hostname"
echo 6.1.0-25-amd64 >"$root/proc/sys/kernel/osrelease"
echo x86_64 >"$root/proc/sys/kernel/arch"
echo 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"' >"$root/etc/os-release"

# hwmon0, hwmon1: processors; then 24 disks; then 32 memory modules, which have no labels
for chip in 0 1; do
  directory=$root/sys/class/hwmon/hwmon$chip
  mkdir -p "$directory"
  echo k10temp >"$directory/name"
  echo Tctl >"$directory/temp1_label"
  echo $((60000 + chip * 1000)) >"$directory/temp1_input"
  for die in 3 4 5 6 7 8 9 10; do
    echo Tccd$((die - 2)) >"$directory/temp${die}_label"
    echo $((50000 + die * 100 + chip)) >"$directory/temp${die}_input"
  done
done
chip=2
while [ $chip -lt 26 ]; do
  directory=$root/sys/class/hwmon/hwmon$chip
  mkdir -p "$directory"
  echo nvme >"$directory/name"
  echo Composite >"$directory/temp1_label"
  echo $((30000 + chip * 100)) >"$directory/temp1_input"
  echo 84850 >"$directory/temp1_crit"
  chip=$((chip + 1))
done
while [ $chip -lt 58 ]; do
  directory=$root/sys/class/hwmon/hwmon$chip
  mkdir -p "$directory"
  echo spd5118 >"$directory/name"
  echo $((35000 + chip * 100)) >"$directory/temp1_input"
  chip=$((chip + 1))
done
