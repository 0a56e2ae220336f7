<?php
// SPDX-License-Identifier: AGPL-3.0-or-later
// One verb, JSON on the standard input, JSON on the standard output. Run by `run`, by the host alone.

if ( 'cli' !== PHP_SAPI ) {
	exit;
}
ini_set( 'memory_limit', '192M' );
ini_set( 'max_execution_time', '0' );

/** Say no: `$code` is stable, see `archipel.kernel.outside.RefusedOutside`. */
function archipel_no( string $code, string $reason ): void {
	echo json_encode( array( 'refused' => $code, 'reason' => $reason ) );
	exit( 3 );
}

function archipel_keep( string $name, ?array $value ): void {
	$file = ARCHIPEL_STATE . '/' . $name . '.json';
	if ( null === $value ) {
		@unlink( $file );
		return;
	}
	$written = @file_put_contents( $file . '.new', json_encode( $value, JSON_UNESCAPED_UNICODE | JSON_UNESCAPED_SLASHES ) );
	if ( ! $written || ! rename( $file . '.new', $file ) ) {
		archipel_no( 'no_room', 'the disk does not take a file of the state' );
	}
}

$archipel_verb  = $argv[1] ?? '';
$archipel_given = array();
if ( in_array( $archipel_verb, array( 'people', 'quota', 'hold', 'theme', 'begin_restore', 'end_restore' ), true ) ) {
	$archipel_given = json_decode( (string) stream_get_contents( STDIN ), true );
	if ( ! is_array( $archipel_given ) ) {
		require '/etc/wordpress/config-archipel.php';
		archipel_no( 'bad_input', 'the standard input is not JSON' );
	}
}
if ( in_array( $archipel_verb, array( 'quota', 'hold', 'release', 'limits', 'begin_restore' ), true ) ) {
	// These must work on a website whose database is gone or half put back.
	require '/etc/wordpress/config-archipel.php';
	require __DIR__ . '/state.php';
} else {
	require __DIR__ . '/load.php';
	require __DIR__ . '/people.php';
	require __DIR__ . '/figures.php';
	require __DIR__ . '/restoring.php';
}
$archipel_answer = ( 'archipel_do_' . $archipel_verb )( $archipel_given );
if ( null !== $archipel_answer ) {
	echo json_encode( $archipel_answer, JSON_UNESCAPED_UNICODE | JSON_UNESCAPED_SLASHES | JSON_PARTIAL_OUTPUT_ON_ERROR ), "\n";
}
