# Shared by the set-up scripts of all instances; they source it and name themselves in `me`.

# retry TRIES SECONDS COMMAND…: until the command succeeds; fails after so many tries.
retry() {
  local tries=$1 pause=$2
  shift 2
  until "$@"; do
    tries=$((tries - 1))
    [ "$tries" -gt 0 ] || return 1
    sleep "$pause"
  done
}

# fail WORDS: ends the script and says why.
fail() {
  echo "$me: $*" >&2
  exit 1
}

# Packages. At the first start of all, the way out may be still in the making: ten minutes are given to it.
install_packages() {
  retry 120 5 dnf install -y -q "$@" || fail "$* could not be installed within ten minutes: is there a way out (NAT)?"
}

# The data volume: formatted only when it is blank, mounted on /data at every start.
mount_data() {
  local device=$1
  retry 120 5 test -b "$device" || fail "$device was not attached within 10 minutes"
  blkid "$device" >/dev/null || mkfs.xfs "$device"
  mkdir -p /data
  grep -q " /data " /etc/fstab || echo "UUID=$(blkid -s UUID -o value "$device") /data xfs defaults,noatime,nofail 0 2" >> /etc/fstab
  mountpoint -q /data || mount /data
}

# Has the instance report to CloudWatch each minute: its data volume, its service.
report_instance() {
  systemctl enable --now instance-report.timer
}
