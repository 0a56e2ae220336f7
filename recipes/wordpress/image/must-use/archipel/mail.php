<?php
// SPDX-License-Identifier: AGPL-3.0-or-later
// Mail leaves by the host's server, or not at all.

defined( 'ABSPATH' ) || exit;

// Accounts without a confirmed address have one of nobody: what went there would come back to the host.
add_filter(
	'wp_mail',
	static function ( array $mail ): array {
		$to         = is_array( $mail['to'] ) ? $mail['to'] : explode( ',', (string) $mail['to'] );
		$mail['to'] = array_filter( $to, static fn( $one ): bool => ! str_contains( (string) $one, ARCHIPEL_NO_ADDRESS ) );
		return $mail;
	}
);
add_filter( 'pre_wp_mail', static fn( $done, array $mail ) => '' === archipel_environment( 'SMTP_HOST' ) || ! $mail['to'] ? false : $done, 10, 2 );
add_filter( 'wp_mail_from', static fn( $from ) => archipel_environment( 'SMTP_FROM', $from ) );
add_filter( 'wp_mail_from_name', static fn(): string => wp_specialchars_decode( (string) get_option( 'blogname' ), ENT_QUOTES ) );
add_action(
	'phpmailer_init',
	static function ( $mailer ): void {
		$security = archipel_environment( 'SMTP_SECURITY', 'starttls' );
		$mailer->isSMTP();
		$mailer->Host        = archipel_environment( 'SMTP_HOST' );
		$mailer->Port        = (int) archipel_environment( 'SMTP_PORT', 'tls' === $security ? '465' : '587' );
		$mailer->SMTPSecure  = array( 'tls' => 'ssl', 'starttls' => 'tls' )[ $security ] ?? '';
		$mailer->SMTPAutoTLS = false;
		$mailer->Timeout     = 10;
		$mailer->Username    = archipel_environment( 'SMTP_USER' );
		$mailer->Password    = archipel_secret( 'smtp_password' );
		$mailer->SMTPAuth    = '' !== $mailer->Username;
		// The server lets out what comes from the host's address only; answers go to who wrote.
		$mailer->Sender = archipel_environment( 'SMTP_FROM' );
	}
);
