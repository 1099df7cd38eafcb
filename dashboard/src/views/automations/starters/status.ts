// The starter: a status that changed (of an order, a case, a request) informs the customer.

import type { Starter } from "./starter.ts";

export const status: Starter = {
  id: "status",
  in: {
    it: {
      title: "Avvisare quando cambia uno stato",
      summary: "Un ordine parte, una pratica va avanti, una richiesta è pronta: il cliente lo sa senza chiamare.",
      name: "Aggiornamenti di stato",
      sample: {
        numero: "A-2071",
        stato: "In consegna",
        nota: "Il corriere passa domani tra le 9 e le 13.",
        nome: "Luca",
        telefono: "333 456 7890",
        email: "luca.conti@example.com",
      },
      steps: () => [
        { id: "solo_con_stato", action: "filter", params: { condition: { field: "stato", op: "not_empty" } } },
        {
          id: "avviso",
          action: "send_whatsapp",
          on_error: "continue",
          params: {
            to: "{{ telefono }}",
            text: 'Ciao {{ nome }}, c\'è una novità sulla pratica {{ numero }}.\nOra è: {{ stato }}\n{{ nota | default("Ti avvisiamo al prossimo passaggio.") }}',
          },
        },
        {
          id: "email",
          action: "send_email",
          when: { field: "email", op: "not_empty" },
          params: {
            to: "{{ email }}",
            subject: "{{ numero }}: {{ stato }}",
            text: 'Ciao {{ nome }},\n\nlo stato della pratica {{ numero }} è cambiato.\n\nOra è: {{ stato }}\n{{ nota | default("Ti avvisiamo al prossimo passaggio.") }}\n\nPer qualsiasi domanda basta rispondere a questa e-mail.',
          },
        },
      ],
    },
    en: {
      title: "Tell customers when a status changes",
      summary: "An order ships, a case moves on, a request is ready: the customer knows without calling.",
      name: "Status updates",
      sample: {
        number: "A-2071",
        status: "Out for delivery",
        note: "The courier comes tomorrow between 9 and 1.",
        name: "Oliver",
        phone: "+44 7400 456789",
        email: "oliver.hughes@example.com",
      },
      steps: () => [
        { id: "only_with_status", action: "filter", params: { condition: { field: "status", op: "not_empty" } } },
        {
          id: "update",
          action: "send_whatsapp",
          on_error: "continue",
          params: {
            to: "{{ phone }}",
            text: 'Hi {{ name }}, there is news about {{ number }}.\nIt is now: {{ status }}\n{{ note | default("We will write again at the next step.") }}',
          },
        },
        {
          id: "email",
          action: "send_email",
          when: { field: "email", op: "not_empty" },
          params: {
            to: "{{ email }}",
            subject: "{{ number }}: {{ status }}",
            text: 'Hi {{ name }},\n\nthe status of {{ number }} has changed.\n\nIt is now: {{ status }}\n{{ note | default("We will write again at the next step.") }}\n\nIf you have any question, just reply to this e-mail.',
          },
        },
      ],
    },
  },
};
