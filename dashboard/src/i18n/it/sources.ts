// Le parole della stanza: gli indirizzi, come collegarli e come impostarli.
// Nelle guide, tra apici inversi, i nomi che si leggono nelle schermate degli altri servizi.

import { pluralFor } from "../plural.ts";

const plural = pluralFor("it");
const noSteps: string[] = [];

export const sources = {
  connect: {
    address: "Il tuo indirizzo",
    addressText: "Incollalo nel servizio da cui arrivano i dati. Resta lo stesso per le prove e per i dati veri.",
    local:
      "Questo indirizzo funziona solo su questo computer. Per collegare Zapier, Shopify o un sito serve prima pubblicare Uncino; per provare va benissimo.",
    first: "Primo evento",
    waiting: "In attesa del primo evento…",
    waitingText:
      "Appena arriva qualcosa lo vedi qui, da solo. Non hai ancora collegato niente? Manda un evento di prova.",
    off: "L'automazione è disattivata: gli eventi vengono salvati, ma le esecuzioni restano in sospeso.",
    last: "Ultimo evento",
    test: "prova",
    learned: (n: number) => plural(n, { one: "Ha imparato {n} campo", other: "Ha imparato {n} campi" }),
    allFields: (n: number) => `Tutti i ${n} campi`,
    toFields: "Vedi i campi",
    did: "Che cosa ha fatto",
    to: "A",
    toRun: "Vedi l'esecuzione",
    send: "Manda un evento di prova",
    sendAgain: "Manda un'altra prova",
    change: "Cambia i dati…",
    sent: "Evento inviato",
    signed:
      "Questo indirizzo accetta solo consegne firmate, e da qui non si può firmare: per una prova falla partire dal servizio che invia.",
    elsewhere:
      "Questo indirizzo accetta invii solo da alcuni siti, e questa pagina non è tra quelli: per una prova invia dal tuo sito.",
    next: {
      choose: "L'evento è arrivato. Ora scegli che cosa deve succedere.",
      toSteps: "Scegli che cosa succede",
      doubts: "I messaggi usano campi che qui non arrivano",
      pick: "Scegli i campi giusti",
      works:
        "Funziona. Era una prova, quindi non è partito niente davvero: adesso collega il servizio da cui arrivano i dati.",
      failed: "Qualcosa non è riuscito: apri l'esecuzione per vedere che cosa e perché.",
      connected: "Funziona: da adesso ogni evento che arriva fa lo stesso.",
    },
    how: "Come inviare i dati",
    signs: (name: string) =>
      `${name} firma quello che invia. Puoi pretendere la firma, così nessun altro può fingersi ${name}.`,
    toProof: "Imposta la prova di provenienza",
  },
  testEvent: {
    title: "Evento di prova",
    field: "Nome del campo",
    valueOf: (name: string) => `Valore di ${name}`,
    remove: (name: string) => `Togli ${name}`,
    add: "Aggiungi un campo",
    asJson: "Scrivi come JSON",
    asFields: "Torna ai campi",
    notJson: "Serve un oggetto JSON con almeno un campo.",
    simulate: "Solo simulazione",
    simulateHint: "Non parte niente e non si salva nessun contatto: i messaggi li trovi in «Messaggi simulati».",
    realHint: "È un evento vero: salva il contatto, e con collegamenti veri i messaggi partono.",
    sendTest: "Invia la prova",
    sendReal: "Invia come evento vero",
  },
  ways: {
    form: {
      name: "Modulo HTML",
      lead: "Incolla questo modulo in una pagina del tuo sito. I nomi dei campi puoi cambiarli: Uncino li impara.",
      steps: noSteps,
      note: "Che cosa vede chi invia (una pagina di ringraziamento o una tua pagina) lo scegli in `Impostazioni`.",
      button: "Invia",
    },
    zapier: {
      name: "Zapier",
      lead: "Aggiungi in fondo al tuo Zap un'azione che invia i dati (serve un piano Zapier a pagamento).",
      steps: [
        "Nello Zap premi `+` e cerca `Webhooks by Zapier`.",
        "Come evento scegli `POST` e continua.",
        "In `URL` incolla il tuo indirizzo.",
        "In `Payload Type` scegli `JSON`.",
        "In `Data` aggiungi una riga per campo: a sinistra il nome (per esempio `nome`), a destra il dato preso dai passaggi precedenti.",
        "Premi `Test step`: l'evento compare qui accanto.",
      ],
      note: "",
    },
    make: {
      name: "Make",
      lead: "Aggiungi in fondo al tuo scenario un modulo che invia i dati.",
      steps: [
        "Premi `+`, scegli l'app `HTTP` e il modulo `Make a request`.",
        "In `URL` incolla il tuo indirizzo; in `Method` scegli `POST`. Non serve autenticazione.",
        "Come contenuto (`Body`) scegli JSON, `application/json`, e scrivi i campi con i dati presi dai moduli precedenti. Nella versione 3: `Body type` `Raw`, `Content type` `JSON`.",
        "Premi `Run once`: l'evento compare qui accanto.",
      ],
      note: "",
    },
    contactForm7: {
      name: "Contact Form 7",
      lead: "Contact Form 7 da solo non invia webhook: serve il plugin gratuito `CF7 to Webhook`.",
      steps: [
        "In WordPress apri `Plugin`, `Aggiungi nuovo`, cerca `CF7 to Webhook`, installalo e attivalo.",
        "Apri `Contatto` e il tuo modulo, poi la scheda `Webhook`.",
        "Spunta `Send to Webhook` e in `Webhook URL` incolla il tuo indirizzo.",
        "Lascia spuntato `Send CF7 mail as usually` se vuoi continuare a ricevere anche l'e-mail. Salva.",
        "Invia il modulo dal sito: l'evento compare qui accanto.",
      ],
      note: "I campi arrivano con i nomi del modulo, come `your-name` e `your-email`: nei passi li scegli dall'elenco.",
    },
    elementor: {
      name: "Elementor",
      lead: "Il widget Form di Elementor Pro sa inviare da solo.",
      steps: [
        "Apri la pagina con Elementor e seleziona il modulo.",
        "In `Azioni dopo l'invio` (`Actions After Submit`) aggiungi `Webhook`.",
        "Apri la sezione `Webhook` che compare e incolla il tuo indirizzo in `Webhook URL`.",
        "Lascia spento `Advanced Data`: i campi arrivano con le loro etichette, più facili da leggere. Pubblica.",
        "Invia il modulo dal sito: l'evento compare qui accanto.",
      ],
      note: "",
    },
    shopify: {
      name: "Shopify",
      lead: "Shopify avvisa a ogni ordine, cliente o spedizione.",
      steps: [
        "Nel pannello di Shopify apri `Impostazioni`, `Notifiche`, `Webhook`.",
        "Premi `Crea webhook`.",
        "In `Evento` scegli per esempio `Creazione ordine`; in `Formato` scegli `JSON`.",
        "In `URL` incolla il tuo indirizzo, lascia la versione API più recente e salva.",
        "Dal menu del webhook scegli `Invia notifica di prova`: l'evento compare qui accanto.",
      ],
      note: "I campi si chiamano `customer.first_name`, `phone`, `total_price`: nei passi li scegli dall'elenco. Il segreto per la firma sta nella stessa pagina dei webhook.",
    },
    woocommerce: {
      name: "WooCommerce",
      lead: "WooCommerce avvisa a ogni ordine creato o aggiornato.",
      steps: [
        "In WordPress apri `WooCommerce`, `Impostazioni`, `Avanzate`, `Webhook` e premi `Aggiungi webhook`.",
        "In `Stato` scegli `Attivo`; in `Argomento` (`Topic`) scegli `Ordine creato` oppure `Ordine aggiornato`.",
        "In `URL di consegna` (`Delivery URL`) incolla il tuo indirizzo.",
        "In `Segreto` (`Secret`) scrivi una parola lunga e casuale: serve per la firma. Salva.",
        "Al salvataggio WooCommerce manda un saluto con il solo campo `webhook_id`; i dati veri arrivano con il primo ordine.",
      ],
      note: "I campi si chiamano `billing.first_name`, `billing.phone`, `total`: nei passi li scegli dall'elenco.",
    },
    javascript: {
      name: "JavaScript",
      lead: "Dal tuo sito o dal tuo server. Una risposta 2xx significa che l'evento è salvato.",
      steps: noSteps,
      note: "Per non creare doppioni quando riprovi, aggiungi l'intestazione `Idempotency-Key` con un tuo codice.",
    },
    curl: {
      name: "curl",
      lead: "Da un terminale. Una risposta 202 significa che l'evento è salvato.",
      steps: noSteps,
      note: "Con l'intestazione `X-Uncino-Test: 1` è una prova: non parte niente.",
    },
  },
  settings: {
    shared: (n: number) =>
      plural(n, {
        one: "Le impostazioni dell'indirizzo valgono anche per un'altra automazione che lo usa:",
        other: "Le impostazioni dell'indirizzo valgono anche per le altre {n} automazioni che lo usano:",
      }),
  },
  answer: {
    title: "Risposta ai moduli",
    text: "Che cosa vede chi compila un modulo HTML del tuo sito. I programmi ricevono sempre JSON.",
    mode: "Dopo l'invio",
    modes: { json: "Dati JSON", page: "Una pagina di ringraziamento", redirect: "Una pagina del tuo sito" },
    pageText: "Testo della pagina",
    pageHint: "Se lo lasci vuoto c'è un grazie nella lingua del visitatore.",
    url: "Indirizzo della pagina",
    urlHint: "Il visitatore ci arriva subito dopo l'invio.",
  },
  origins: {
    title: "Siti che possono inviare",
    text: "Vale per le pagine web: il browser di un visitatore può inviare solo dai siti che indichi. Non ferma i programmi, per quelli c'è la prova di provenienza.",
    limited: "Solo dai siti che indico",
    list: "Siti",
    hint: "Uno per riga, con https:// e senza percorso.",
  },
  repeats: {
    title: "Consegne ripetute",
    text: "Chi invia a volte manda due volte la stessa cosa. Una consegna già vista non fa partire niente.",
    fields: "Campi che identificano una consegna",
    fieldsHint:
      "Per esempio il numero d'ordine. Senza, valgono gli identificativi che molti servizi mandano da soli (Shopify, WooCommerce, GitHub, Idempotency-Key).",
    add: "Aggiungi un campo…",
    noFields: "Ancora nessun campo imparato",
    remove: (name: string) => `Togli ${name}`,
    window: "Contenuto identico",
    windowHint: "Due invii identici in questo tempo contano come uno. Attenzione: anche due richieste vere ma uguali.",
    never: "Conta sempre come nuovo",
    within: (time: string) => `Ignora se si ripete entro ${time}`,
  },
  proof: {
    title: "Prova di provenienza",
    text: "Chi conosce l'indirizzo può inviare. Se il servizio firma quello che manda, qui pretendi la firma: il resto viene rifiutato.",
    scheme: "Come si fa riconoscere chi invia",
    none: "Nessuna prova richiesta",
    find: "Non sai quale? Trovalo con un esempio",
    set: (n: number) =>
      plural(n, {
        one: "C'è {n} segreto impostato: non viene più mostrato. Per cambiare qualcosa scrivilo di nuovo.",
        other: "Ci sono {n} segreti impostati: non vengono più mostrati. Per cambiare qualcosa scrivili di nuovo.",
      }),
    taken: "Salvando, chiunque conosca l'indirizzo potrà di nuovo inviare.",
    secret: "Segreto",
    secretHint: "Lo conserviamo cifrato e non lo mostriamo più.",
    another: "Altro segreto",
    addSecret: "Aggiungi un segreto",
    removeSecret: "Togli il segreto",
    settings: {
      header: { label: "Intestazione", hint: "Quella in cui arriva, per esempio X-Signature." },
      username: { label: "Nome utente" },
      algorithm: { label: "Algoritmo" },
      encoding: { label: "Scrittura della firma" },
      prefix: { label: "Prefisso", hint: "Che cosa c'è prima della firma, per esempio sha256=." },
      signed: { label: "Che cosa è firmato" },
      timestamp_header: { label: "Intestazione dell'ora", hint: "Quella con l'ora firmata." },
      tolerance_s: { label: "Tolleranza in secondi", hint: "Quanto può essere lontana l'ora; 300 se non dici altro." },
    },
    choices: {
      sha1: "SHA-1",
      sha256: "SHA-256",
      sha512: "SHA-512",
      hex: "Esadecimale",
      base64: "Base64",
      body: "Il contenuto",
      "timestamp.body": "L'ora, un punto, il contenuto",
    },
  },
  schemes: {
    standard_webhooks: { name: "Standard Webhooks", hint: "Il segreto comincia di solito con whsec_." },
    svix: { name: "Svix", hint: "Il segreto comincia con whsec_." },
    stripe: { name: "Stripe", hint: "Il segreto di firma del webhook, comincia con whsec_." },
    github: { name: "GitHub", hint: "Il segreto che hai scritto nel webhook di GitHub." },
    meta: { name: "Meta (WhatsApp, Facebook, Instagram)", hint: "Il segreto dell'app (App secret)." },
    shopify: { name: "Shopify", hint: "Il segreto che si legge in Impostazioni, Notifiche, Webhook." },
    woocommerce: { name: "WooCommerce", hint: "Il segreto scritto nel webhook di WooCommerce." },
    slack: { name: "Slack", hint: "Il Signing Secret dell'app." },
    x: { name: "X (Twitter)", hint: "Il consumer secret dell'app." },
    twilio: { name: "Twilio", hint: "L'Auth Token dell'account." },
    zoom: { name: "Zoom", hint: "Il Secret Token dell'app." },
    shared_token: {
      name: "Parola segreta in un'intestazione",
      hint: "Chi invia mette la stessa parola segreta in un'intestazione.",
    },
    basic: { name: "Nome utente e password", hint: "Chi invia usa l'autenticazione Basic; il segreto è la password." },
    hmac: {
      name: "Firma HMAC su misura",
      hint: "Per i servizi che firmano a modo loro: lo trovi nella loro documentazione.",
    },
  },
  identify: {
    title: "Trova la prova con un esempio",
    text: "A Uncino bastano il segreto e una consegna vera per capire come firma il servizio, qualunque sia.",
    secretHint:
      "Quello che leggi, o che hai scritto, nelle impostazioni del servizio che invia. Resta in questa pagina finché non scegli.",
    begin: "Comincia",
    send: "Ora fai inviare qualcosa al servizio: un ordine, un modulo, il suo pulsante di prova.",
    watching: (until: string) => `Qui si guarda che cosa arriva, fino alle ${until}.`,
    nothingFits: (n: number) =>
      plural(n, {
        one: "È arrivata {n} consegna, ma con questo segreto non torna: ricontrollalo, oppure quel servizio non firma.",
        other:
          "Sono arrivate {n} consegne, ma con questo segreto non tornano: ricontrollalo, oppure quel servizio non firma.",
      }),
    fits: (n: number) =>
      plural(n, {
        one: "Trovata: il segreto torna così.",
        other: "Il segreto torna in {n} modi. Scegli quello con il nome del tuo servizio, se c'è.",
      }),
    adopt: "Pretendi questa prova",
  },
  challenge: {
    title: "Verifica dell'indirizzo",
    text: "Prima di inviare, alcuni servizi controllano che l'indirizzo sia tuo. Meta, Slack e Microsoft ricevono la risposta da soli. X e Zoom la ricevono quando la loro prova di provenienza è salvata qui sopra: prima salvala, poi incolla da loro l'indirizzo.",
    token: "Token di verifica di Meta",
    tokenHint:
      "Una parola a tua scelta. Nell'app di Meta, alla voce Webhook, incolla l'indirizzo in Callback URL e questa stessa parola in Verify token.",
    tokenSet: "È impostato e non viene più mostrato. Per cambiare qualcosa scrivilo di nuovo, qui e da Meta.",
    remove: "Togli",
    keep: "Tienilo",
    query: "Parametro da rimandare",
    queryHint:
      "Per gli altri servizi: il nome del parametro, nell'indirizzo, di cui si aspettano indietro il valore. Per esempio challenge.",
  },
  limits: {
    title: "Limiti al giorno",
    text: "Proteggono da chi trova l'indirizzo e ne abusa. Quello che va oltre viene rifiutato fino a mezzanotte UTC, e chi invia lo viene a sapere.",
    events: "Eventi al giorno",
    bytes: "MB al giorno",
    hint: "Se lo lasci vuoto vale il limite predefinito.",
    used: (is: string, may: string) => `oggi ${is} di ${may}`,
    near: "Oggi il limite è vicino. Se gli eventi sono veri alzalo; se non li riconosci, fai un nuovo indirizzo o pretendi una prova di provenienza.",
    reached:
      "Il limite di oggi è raggiunto: quello che arriva viene rifiutato. Se gli eventi sono veri alzalo e salva.",
    fault: "Serve un numero maggiore di zero.",
  },
  bodies: {
    title: "Contenuto degli eventi",
    keep: "Conserva il contenuto originale",
    hint: "Senza, quando le esecuzioni sono finite il contenuto viene dimenticato: più riservato, ma quegli eventi non si possono ripetere.",
  },
  address: {
    title: "Indirizzo",
    text: "Se è finito nelle mani sbagliate, fattene dare uno nuovo: il vecchio continua a funzionare finché vuoi tu, il tempo di cambiarlo dove serve.",
    oldUntil: (time: string) => `Il vecchio indirizzo funziona ancora fino al ${time}.`,
    rotate: "Nuovo indirizzo",
    rotateAct: "Crea il nuovo indirizzo",
    rotateText:
      "L'indirizzo cambia per tutte le automazioni che lo usano. Poi incolla quello nuovo nei servizi che inviano.",
    grace: "Il vecchio indirizzo",
    graceHint: "In questo tempo funzionano tutti e due.",
    atOnceHint: "Chi invia ancora al vecchio riceve subito un rifiuto, e quegli eventi vanno persi.",
    atOnce: "Smette subito",
    still: (time: string) => `Funziona ancora per ${time}`,
    rotated: "Nuovo indirizzo pronto: copialo dove serve.",
    another: "Altra automazione con questo indirizzo",
    name: "Nome dell'indirizzo",
    nameHint: "Compare nell'elenco degli eventi, e nei messaggi come source.name.",
  },
};
