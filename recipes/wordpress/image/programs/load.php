<?php
// SPDX-License-Identifier: AGPL-3.0-or-later
// WordPress without a browser, as it would be at its own address.
if ( 'cli' !== PHP_SAPI ) {
	exit;
}
$_SERVER['HTTP_HOST']       = getenv( 'ADDRESS' );
$_SERVER['SERVER_NAME']     = getenv( 'ADDRESS' );
$_SERVER['REMOTE_ADDR']     = '127.0.0.1';
$_SERVER['REQUEST_METHOD']  = 'GET';
$_SERVER['REQUEST_URI']     = '/';
$_SERVER['SERVER_PROTOCOL'] = 'HTTP/1.1';
$_SERVER['WORDPRESS_CONFIG'] = 'archipel';
if ( 'http' !== getenv( 'SCHEME' ) ) {
	$_SERVER['HTTPS'] = 'on';
}
require '/usr/share/wordpress/wp-load.php';
