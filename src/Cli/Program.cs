using Tda.Cli;

return await TdaProgram.RunAsync(TdaCommands.Build(), args);
