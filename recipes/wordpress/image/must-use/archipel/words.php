<?php
// SPDX-License-Identifier: AGPL-3.0-or-later
// What people read, in English and French: the language of the site decides.

defined( 'ABSPATH' ) || exit;

const ARCHIPEL_WORDS = array(
	'en' => array(
		'again'          => 'Try again',
		'home'           => 'To the website',
		'expired_title'  => 'This sign-in took too long',
		'expired'        => 'The page waited too long, or it was begun in another browser. Nothing is lost: begin again.',
		'refused_title'  => 'You are not signed in',
		'refused'        => 'The sign-in was broken off. You may begin again whenever you want.',
		'no_role_title'  => 'You have no role on this website',
		'no_role'        => 'Your account is known, but it gives no right to write here. Ask the person who looks after this website in your organisation.',
		'invalid_title'  => 'This sign-in could not be checked',
		'invalid'        => 'What came back from the sign-in is not what was expected, so nobody was signed in. Begin again; should it go on, write to your host.',
		'silent_title'   => 'Sign-in does not answer',
		'silent'         => 'The page where you sign in does not answer for now. Try again in a few minutes.',
		'closed_title'   => 'Accounts are kept elsewhere',
		'closed'         => 'On this website people sign in with the account of their host: there is no password to choose or to find again here.',
		'not_here_title' => 'This page is closed',
		'not_here'       => 'It would change what the host decides. Everything else is in the settings.',
		'kept_elsewhere' => 'Your name and address here are those of your account at the host: change them there.',
		'full'           => 'There is no room left for this file: %1$s are used of %2$s. Remove what is not needed any more, or ask for more room in your portal.',
		'read_only'      => 'This website can be read, not changed, for now. Write to %1$s: %2$s.',
		'read_only_short' => 'This website can be read, not changed, for now.',
		'suspended_title' => 'This website is paused',
		'suspended'      => 'It is not shown for now; nothing of it is lost. You may write to %1$s: %2$s.',
		'suspended_own'  => 'The people who look after it paused it; nothing of it is lost. You may write to %1$s: %2$s.',
		'restoring_title' => 'This website is being put back',
		'restoring'      => 'It will be here again in a few minutes.',
	),
	'fr' => array(
		'again'          => 'Recommencer',
		'home'           => 'Voir le site',
		'expired_title'  => 'Cette connexion a pris trop de temps',
		'expired'        => 'La page a attendu trop longtemps, ou la connexion a été commencée dans un autre navigateur. Rien n’est perdu : vous pouvez recommencer.',
		'refused_title'  => 'Vous n’êtes pas connecté·e',
		'refused'        => 'La connexion a été interrompue. Vous pouvez la recommencer quand vous voulez.',
		'no_role_title'  => 'Vous n’avez pas de rôle sur ce site',
		'no_role'        => 'Votre compte est bien connu, mais il ne permet pas d’écrire ici. Adressez-vous à la personne qui s’occupe de ce site dans votre organisation.',
		'invalid_title'  => 'Cette connexion n’a pas pu être vérifiée',
		'invalid'        => 'Ce qui est revenu de la page de connexion n’est pas ce qui était attendu : personne n’a été connecté. Recommencez ; si cela continue, écrivez à votre hébergeur.',
		'silent_title'   => 'La page de connexion ne répond pas',
		'silent'         => 'La page où l’on se connecte ne répond pas pour l’instant. Réessayez dans quelques minutes.',
		'closed_title'   => 'Les comptes sont gérés ailleurs',
		'closed'         => 'Sur ce site, on se connecte avec le compte de son hébergeur : il n’y a ici aucun mot de passe à choisir ni à retrouver.',
		'not_here_title' => 'Cette page est fermée',
		'not_here'       => 'Elle changerait ce que décide l’hébergeur. Tout le reste se trouve dans les réglages.',
		'kept_elsewhere' => 'Votre nom et votre adresse sont ici ceux de votre compte chez l’hébergeur : c’est là qu’ils se modifient.',
		'full'           => 'Il n’y a plus assez de place pour ce fichier : %1$s sont occupés sur %2$s. Supprimez ce qui ne sert plus, ou demandez plus de place dans votre portail.',
		'read_only'      => 'Pour l’instant, ce site peut être lu mais pas modifié. Écrivez à %1$s : %2$s.',
		'read_only_short' => 'Pour l’instant, ce site peut être lu mais pas modifié.',
		'suspended_title' => 'Ce site est en pause',
		'suspended'      => 'Il n’est pas affiché pour l’instant ; rien n’est perdu. Vous pouvez écrire à %1$s : %2$s.',
		'suspended_own'  => 'Les personnes qui s’en occupent l’ont mis en pause ; rien n’est perdu. Vous pouvez écrire à %1$s : %2$s.',
		'restoring_title' => 'Ce site est en cours de remise en place',
		'restoring'      => 'Il sera de retour dans quelques minutes.',
	),
);

/** One sentence in the language given, else in the site's; English for any other. */
function archipel_word( string $key, string $language = '' ): string {
	$language = $language ?: ( function_exists( 'get_locale' ) ? get_locale() : archipel_environment( 'LANGUAGE' ) );
	return ( ARCHIPEL_WORDS[ substr( $language, 0, 2 ) ] ?? ARCHIPEL_WORDS['en'] )[ $key ];
}
