#!/bin/bash
# Turns this instance into the private subnets' way out. May run again at any time.
set -euo pipefail
me=nat-setup
. /usr/local/lib/tickbell/setup.sh
# Its address is given to the instance while it starts.
install_packages iptables-services

sysctl -q --system
out=$(ip -o route show default | awk '{ for (i = 1; i < NF; i++) if ($i == "dev") { print $(i + 1); exit } }')
[ -n "$out" ] || fail "there is no default route, so no interface to masquerade on"

iptables -t nat -C POSTROUTING -o "$out" -j MASQUERADE 2>/dev/null || iptables -t nat -A POSTROUTING -o "$out" -j MASQUERADE
iptables -P FORWARD ACCEPT
iptables -F FORWARD
mkdir -p /etc/sysconfig
iptables-save > /etc/sysconfig/iptables
systemctl enable iptables
