// The starter: a new contact is welcomed, and the team hears of it.

import type { Starter } from "./starter.ts";

export const welcome: Starter = {
  id: "welcome",
  in: {
    it: {
      title: "Dare il benvenuto a un nuovo contatto",
      summary: "Qualcuno compila il modulo del sito: riceve subito un messaggio e tu hai il suo contatto.",
      name: "Benvenuto ai nuovi contatti",
      sample: {
        nome: "Giulia",
        telefono: "333 123 4567",
        email: "giulia.ferri@example.com",
        messaggio: "Vorrei sapere gli orari e i prezzi dei corsi.",
      },
      team: "squadra@example.com",
      steps: (team) => [
        {
          id: "contatto",
          action: "save_contact",
          params: { name: "{{ nome }}", phone: "{{ telefono }}", email: "{{ email }}", tags: ["sito"] },
        },
        {
          id: "benvenuto",
          action: "send_whatsapp",
          // The team hears of it even when the person has no WhatsApp.
          on_error: "continue",
          params: {
            to: "{{ telefono }}",
            text: "Ciao {{ nome }}, grazie per averci scritto!\nAbbiamo ricevuto la tua richiesta e ti rispondiamo al più presto. Se ti viene in mente altro, scrivici pure qui.",
          },
        },
        {
          id: "squadra",
          action: "send_email",
          params: {
            to: team,
            subject: "Nuovo contatto: {{ nome }}",
            text: 'Ha scritto {{ nome }}.\n\nTelefono: {{ telefono }}\nEmail: {{ email }}\n\nMessaggio:\n{{ messaggio | default("nessuno") }}',
          },
        },
      ],
    },
    en: {
      title: "Welcome a new contact",
      summary: "Somebody fills in the form on your site: they hear from you at once, and you have their details.",
      name: "Welcome new contacts",
      sample: {
        name: "Grace",
        phone: "+44 7400 123456",
        email: "grace.miller@example.com",
        message: "What are the times and prices of your courses?",
      },
      team: "team@example.com",
      steps: (team) => [
        {
          id: "contact",
          action: "save_contact",
          params: { name: "{{ name }}", phone: "{{ phone }}", email: "{{ email }}", tags: ["website"] },
        },
        {
          id: "welcome",
          action: "send_whatsapp",
          on_error: "continue",
          params: {
            to: "{{ phone }}",
            text: "Hi {{ name }}, thanks for getting in touch!\nWe have your message and will get back to you shortly. If anything else comes to mind, just write to us here.",
          },
        },
        {
          id: "team",
          action: "send_email",
          params: {
            to: team,
            subject: "New contact: {{ name }}",
            text: '{{ name }} has written.\n\nPhone: {{ phone }}\nEmail: {{ email }}\n\nMessage:\n{{ message | default("none") }}',
          },
        },
      ],
    },
  },
};
