# SPDX-License-Identifier: AGPL-3.0-or-later
# Answers every request with the words of its image, the name of its container and what stands in /pages/page.
use strict;
use IO::Socket::INET;
$SIG{TERM} = sub { exit 0 };
$SIG{PIPE} = 'IGNORE';
my $door = IO::Socket::INET->new(LocalPort => 80, Listen => 64, ReuseAddr => 1) or die "port 80: $!";
sub content { open my $file, '<', shift or return ''; local $/; my $all = <$file>; $all =~ s/\s+$//; $all }
while (1) {
    my $one = $door->accept or next;
    while (my $line = <$one>) { last if $line =~ /^\r?\n$/ }
    my $said = join ' ', content('/words'), content('/etc/hostname'), content('/pages/page');
    print $one "HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\n$said\n";
    close $one;
}
