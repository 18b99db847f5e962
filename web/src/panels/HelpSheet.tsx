/** The help sheet: every shortcut, and what the pointer does. */

import { COMMANDS, GESTURES } from "../keys";
import { Dialog, Kbd } from "../ui";

const SECTIONS = ["Run", "Nodes", "Document", "Edit", "View"] as const;

export function HelpSheet({ onClose }: { onClose: () => void }) {
  const commands = Object.values(COMMANDS);
  return (
    <Dialog title="Keys and gestures" size="large" onClose={onClose} className="help">
      <div className="help__columns">
        <section className="help__section">
          <h3>Pointer</h3>
          <dl>
            {GESTURES.map(([keys, what]) => (
              <div key={keys} className="help__row">
                <dt>{what}</dt>
                <dd>
                  <Kbd keys={keys} />
                </dd>
              </div>
            ))}
          </dl>
        </section>
        {SECTIONS.map((section) => (
          <section key={section} className="help__section">
            <h3>{section}</h3>
            <dl>
              {commands
                .filter((command) => command.section === section)
                .map(({ label, keys }) => (
                  <div key={label} className="help__row">
                    <dt>{label}</dt>
                    <dd>
                      {keys.map((each) => (
                        <Kbd key={each} keys={each} />
                      ))}
                    </dd>
                  </div>
                ))}
            </dl>
          </section>
        ))}
      </div>
    </Dialog>
  );
}
