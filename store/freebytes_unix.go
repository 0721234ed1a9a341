//go:build linux || darwin || freebsd

package store

import (
	"fmt"
	"syscall"
)

// FreeBytes is how much the disk of a folder still takes.
func FreeBytes(dir string) (uint64, error) {
	var disk syscall.Statfs_t
	if err := syscall.Statfs(dir, &disk); err != nil {
		return 0, fmt.Errorf("store: free space of %s: %w", dir, err)
	}
	return uint64(disk.Bavail) * uint64(disk.Bsize), nil
}
