// The starter: an order tells the customer and the team.

import type { Starter } from "./starter.ts";

export const order: Starter = {
  id: "order",
  in: {
    it: {
      title: "Confermare un ordine al cliente e alla squadra",
      summary: "Arriva un ordine: il cliente riceve la conferma, la squadra sa che cosa preparare.",
      name: "Conferma degli ordini",
      sample: {
        numero_ordine: "1042",
        nome: "Marco",
        telefono: "333 765 4321",
        email: "marco.bianchi@example.com",
        prodotti: [
          { nome: "Tazza in ceramica", quantita: 2 },
          { nome: "Tovaglietta di lino", quantita: 4 },
        ],
        totale: 89.9,
        indirizzo: "Via Garibaldi 12, 10122 Torino",
      },
      team: "ordini@example.com",
      steps: (team) => [
        {
          id: "contatto",
          action: "save_contact",
          params: {
            name: "{{ nome }}",
            phone: "{{ telefono }}",
            email: "{{ email }}",
            tags: ["cliente"],
            properties: { ultimo_ordine: "{{ numero_ordine }}" },
          },
        },
        {
          id: "cliente",
          action: "send_whatsapp",
          on_error: "continue",
          params: {
            to: "{{ telefono }}",
            text: 'Ciao {{ nome }}, il tuo ordine n. {{ numero_ordine }} è confermato.\nTotale: {{ totale | money("EUR") }}\nTi scriviamo appena parte. Grazie per l\'acquisto!',
          },
        },
        {
          id: "squadra",
          action: "send_email",
          params: {
            to: team,
            subject: 'Ordine {{ numero_ordine }}: {{ totale | money("EUR") }}',
            text: 'Nuovo ordine n. {{ numero_ordine }} da {{ nome }}.\n\nProdotti: {{ prodotti | map(attribute="nome") | join(", ") }}\nTotale: {{ totale | money("EUR") }}\n\nSpedire a: {{ indirizzo | default("non indicato") }}\nTelefono: {{ telefono }}\nEmail: {{ email }}',
          },
        },
      ],
    },
    en: {
      title: "Confirm an order to customer and team",
      summary: "An order comes in: the customer gets a confirmation, the team knows what to prepare.",
      name: "Order confirmations",
      sample: {
        order_number: "1042",
        name: "Daniel",
        phone: "+44 7400 654321",
        email: "daniel.clark@example.com",
        items: [
          { name: "Ceramic mug", quantity: 2 },
          { name: "Linen placemat", quantity: 4 },
        ],
        total: 89.9,
        address: "12 Mill Lane, Bristol BS1 4QA",
      },
      team: "orders@example.com",
      steps: (team) => [
        {
          id: "contact",
          action: "save_contact",
          params: {
            name: "{{ name }}",
            phone: "{{ phone }}",
            email: "{{ email }}",
            tags: ["customer"],
            properties: { last_order: "{{ order_number }}" },
          },
        },
        {
          id: "customer",
          action: "send_whatsapp",
          on_error: "continue",
          params: {
            to: "{{ phone }}",
            text: 'Hi {{ name }}, your order no. {{ order_number }} is confirmed.\nTotal: {{ total | money("EUR") }}\nWe will write as soon as it ships. Thank you!',
          },
        },
        {
          id: "team",
          action: "send_email",
          params: {
            to: team,
            subject: 'Order {{ order_number }}: {{ total | money("EUR") }}',
            text: 'New order no. {{ order_number }} from {{ name }}.\n\nItems: {{ items | map(attribute="name") | join(", ") }}\nTotal: {{ total | money("EUR") }}\n\nShip to: {{ address | default("not given") }}\nPhone: {{ phone }}\nEmail: {{ email }}',
          },
        },
      ],
    },
  },
};
