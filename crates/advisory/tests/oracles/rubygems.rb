STDIN.each_line(chomp: true) do |line|
  left, right = line.split("\t")
  begin
    puts Gem::Version.new(left) <=> Gem::Version.new(right)
  rescue ArgumentError
    puts "?"
  end
end
