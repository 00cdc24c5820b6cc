"""Passkeys in a real browser, with an authenticator that it makes up."""

from __future__ import annotations

from playwright.sync_api import Browser

from tests.flows.stack import PASSWORD, Stack, flask


def test_a_passkey_is_made_and_signs_in(browser: Browser, stack: Stack) -> None:
    # A passkey belongs to a name, and an address of numbers is none.
    site = f"http://localhost:{stack.port}"
    context = browser.new_context(base_url=site)
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    devices = context.new_cdp_session(page)
    devices.send("WebAuthn.enable")
    device = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
    }
    devices.send("WebAuthn.addVirtualAuthenticator", {"options": device})
    email = "passkeys@example.com"
    words = ("cms", "create-admin", "--email", email, "--password", PASSWORD, "--role", "viewer")
    status, printed = flask(stack.environ, *words)
    assert status == 0, printed

    page.goto("/admin/account/passkeys/")
    page.fill("main [name=email]", email)
    page.fill("main [name=password]", PASSWORD)
    page.press("main [name=password]", "Enter")
    page.fill("#name", "Key ring")
    page.fill("#present", PASSWORD)
    page.click("main .btn-primary")
    page.locator("td", has_text="Key ring").wait_for()

    context.clear_cookies()
    page.goto("/admin/account/passkeys/")
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.locator("td", has_text="Key ring").wait_for()
    assert page.url == f"{site}/admin/account/passkeys/"
    assert complaints == []
    context.close()
