// The starter: a booking is confirmed with its details, on WhatsApp and, where there is an address, by e-mail.

import type { Starter } from "./starter.ts";

export const booking: Starter = {
  id: "booking",
  in: {
    it: {
      title: "Confermare una prenotazione",
      summary: "Chi prenota riceve giorno, ora e tutti i dettagli su WhatsApp e, se l'ha lasciata, all'e-mail.",
      name: "Conferma delle prenotazioni",
      sample: {
        nome: "Chiara",
        telefono: "333 987 6543",
        email: "chiara.russo@example.com",
        servizio: "Taglio e piega",
        data: "2027-03-12",
        ora: "18:30",
        note: "È la mia prima volta da voi.",
      },
      steps: () => [
        {
          id: "contatto",
          action: "save_contact",
          params: { name: "{{ nome }}", phone: "{{ telefono }}", email: "{{ email }}", tags: ["prenotazioni"] },
        },
        {
          id: "conferma",
          action: "send_whatsapp",
          on_error: "continue",
          params: {
            to: "{{ telefono }}",
            text: 'Ciao {{ nome }}, la tua prenotazione è confermata.\n{{ servizio }}\n{{ data | date("%d/%m/%Y") }} alle {{ ora }}\nSe non puoi venire, rispondi a questo messaggio. A presto!',
          },
        },
        {
          id: "email",
          action: "send_email",
          when: { field: "email", op: "not_empty" },
          params: {
            to: "{{ email }}",
            subject: 'Prenotazione confermata: {{ data | date("%d/%m/%Y") }} alle {{ ora }}',
            text: 'Ciao {{ nome }},\n\nti aspettiamo.\n\nServizio: {{ servizio }}\nGiorno: {{ data | date("%d/%m/%Y") }}\nOra: {{ ora }}\nNote: {{ note | default("nessuna") }}\n\nPer spostare o disdire basta rispondere a questa e-mail.',
          },
        },
      ],
    },
    en: {
      title: "Confirm a booking",
      summary:
        "Whoever books gets day, time and every detail on WhatsApp and, if they left one, at their e-mail address.",
      name: "Booking confirmations",
      sample: {
        name: "Emma",
        phone: "+44 7400 987654",
        email: "emma.wright@example.com",
        service: "Cut and blow-dry",
        date: "2027-03-12",
        time: "18:30",
        notes: "It is my first visit.",
      },
      steps: () => [
        {
          id: "contact",
          action: "save_contact",
          params: { name: "{{ name }}", phone: "{{ phone }}", email: "{{ email }}", tags: ["bookings"] },
        },
        {
          id: "confirmation",
          action: "send_whatsapp",
          on_error: "continue",
          params: {
            to: "{{ phone }}",
            text: 'Hi {{ name }}, your booking is confirmed.\n{{ service }}\n{{ date | date("%d/%m/%Y") }} at {{ time }}\nIf you cannot make it, just reply to this message. See you soon!',
          },
        },
        {
          id: "email",
          action: "send_email",
          when: { field: "email", op: "not_empty" },
          params: {
            to: "{{ email }}",
            subject: 'Booking confirmed: {{ date | date("%d/%m/%Y") }} at {{ time }}',
            text: 'Hi {{ name }},\n\nwe look forward to seeing you.\n\nService: {{ service }}\nDay: {{ date | date("%d/%m/%Y") }}\nTime: {{ time }}\nNotes: {{ notes | default("none") }}\n\nTo move or cancel it, just reply to this e-mail.',
          },
        },
      ],
    },
  },
};
