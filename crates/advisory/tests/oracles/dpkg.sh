#!/bin/bash
while IFS=$'\t' read -r left right; do
  dpkg --compare-versions "$left" lt "$right" 2>/dev/null
  case $? in
    0) echo -1; continue ;;
    1) ;;
    *) echo '?'; continue ;;
  esac
  if dpkg --compare-versions "$left" eq "$right" 2>/dev/null; then echo 0; else echo 1; fi
done
