#!/bin/bash
rpm --eval '%{lua:
for line in io.stdin:lines() do
  local tab = string.find(line, "\t", 1, true)
  local ok, order = pcall(rpm.vercmp, string.sub(line, 1, tab - 1), string.sub(line, tab + 1))
  io.write((ok and order ~= nil) and tostring(order) or "?", "\n")
end}' | sed '/^$/d'
