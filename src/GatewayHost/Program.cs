// The gateway alone, without the tensor engine: what deploy/Dockerfile publishes. `tda` has these verbs too.
using Tda.GatewayHost.Verbs;
using Tda.GatewayHost.Verbs.Exchanges;

var root = TdaProgram.Root(
    "Tda's gateway: forwards requests to a closed model unchanged, and records every exchange.");
root.Subcommands.Add(GatewayVerb.Build());
root.Subcommands.Add(KeysVerb.Build());
root.Subcommands.Add(ReviewVerb.Build());
root.Subcommands.Add(ReviewersVerb.Build());
root.Subcommands.Add(ExchangesVerb.Build());
root.Subcommands.Add(DecisionsVerb.Build());
root.Overview("First step: tda-gateway gateway --upstream https://api.openai.com --listen http://127.0.0.1:8787");
return await TdaProgram.RunAsync(root, args);
