"""Pasting in a browser without a clipboard: `locator.evaluate(PASTE, text)`."""

PASTE = """(element, text) => {
  const clipboardData = new DataTransfer();
  clipboardData.setData("text", text);
  element.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
}"""
