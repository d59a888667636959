"""The dashboard: `crm dash`.

It calls the same actions as the shell: no rule, no query and no write lives here. What is where:

    app.py          the application: screens by number, palette, help, undo, language, themes
    desk.py         the book kept open: one thread reads, one writes, one watches the files
    guard.py        what a fault inside the dashboard becomes: a toast and a line in the log, never an end
    base.py         what every numbered screen is: navigation, loading in a worker, acts
    screens/        one file a screen; screens/__init__.py is the table of them
    dialogs/        forms, questions, choices, help; all modal, all left with esc
    widgets/        the table (Grid), chips, fields, the bar of acts, the customer's card

How a screen is added
---------------------
1. A row in `screens/__init__.py`: its name, key, label (`N_`) and the class as "module:Class".
2. The class, a `BaseScreen`: `body()` composes the widgets between navigation and footer, `async load()` asks the
   book with `await self.desk.read(lambda session: ...)` and hands what came to the widgets. `load` runs in an
   exclusive worker: on the first show, whenever the files changed underneath, and after `self.reload()`.
3. Its keys: `BINDINGS = [bind("d", "done", N_("Done"), "deals.done")]`. Labels are translated when the screen is
   made, so they are msgids here; the id lets people put the act on another key.
4. Its acts: `async def action_done(self)` begins a worker with `self.begin(self._done())`, which asks with
   `await self.app.ask(Dialog(...))` and writes with `await self.app.act(lambda session: actions.done(...))`.
   `act` makes the change in the writing thread, says so in a toast with `u` for undo, and turns what goes wrong into
   a toast; `Form(..., make=...)` does the same and stays open, with the reason above its buttons.

Texts from records are hostile: a `Cell` of the Grid and every `Text` are given `safe(text)`, never markup.
"""
