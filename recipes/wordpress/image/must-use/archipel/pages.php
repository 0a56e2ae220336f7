<?php
// SPDX-License-Identifier: AGPL-3.0-or-later
// Our own few pages: plain HTML, no script, no theme, nothing from elsewhere.

defined( 'ABSPATH' ) || exit;

/** Answer with a page of ours and stop. `$links`: address => words. */
function archipel_page( int $status, string $title, string $text, array $links = array(), string $language = '' ): void {
	$language = substr( $language ?: get_locale(), 0, 2 );
	$language = isset( ARCHIPEL_WORDS[ $language ] ) ? $language : 'en';
	if ( ! headers_sent() ) {
		status_header( $status );
		nocache_headers();
		header( 'Content-Type: text/html; charset=utf-8' );
		header( "Content-Security-Policy: default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'" );
		if ( 503 === $status ) {
			header( 'Retry-After: 600' );
		}
	}
	$escape = static fn( string $words ): string => htmlspecialchars( $words, ENT_QUOTES, 'UTF-8' );
	$shown  = '';
	foreach ( $links as $address => $words ) {
		$shown .= '<p><a href="' . $escape( $address ) . '">' . $escape( $words ) . '</a></p>';
	}
	echo '<!DOCTYPE html><html lang="' . $language . '"><head><meta charset="utf-8"><meta name="robots" content="noindex">'
		. '<meta name="viewport" content="width=device-width, initial-scale=1"><title>' . $escape( $title ) . '</title><style>'
		. ':root{color-scheme:light dark}body{font:1.125rem/1.6 system-ui,sans-serif;margin:0 auto;max-width:38rem;padding:12vh 1.25rem}'
		. 'h1{font-size:1.6rem;line-height:1.25}a{color:LinkText;display:inline-block;padding:.4rem 0}</style></head>'
		. '<body><main><h1>' . $escape( $title ) . '</h1><p>' . $escape( $text ) . '</p>' . $shown . '</main></body></html>';
	exit;
}

/** Say why nobody was signed in, write the precise reason for the host (no personal data), and stop. */
function archipel_refuse( string $word, string $reason ): void {
	error_log( 'archipel: sign-in ' . $word . ': ' . $reason );
	$status = array( 'no_role' => 403, 'refused' => 403, 'silent' => 502 )[ $word ] ?? 400;
	$links  = array( home_url( '/' ) => archipel_word( 'home' ) );
	if ( 'no_role' !== $word ) {
		$links = array( home_url( '/archipel/sign-in' ) => archipel_word( 'again' ) ) + $links;
	}
	archipel_page( $status, archipel_word( $word . '_title' ), archipel_word( $word ), $links );
}
