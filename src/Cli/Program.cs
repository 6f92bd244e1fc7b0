using Tda.Cli;
using Tda.GatewayHost.CommandLine;

return await TdaProgram.RunAsync(TdaCommands.Build(), args);
